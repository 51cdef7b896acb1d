import type { AuditFiles } from './audit_files.js';

/** Told of entries that were written and perhaps did not get onto the disk. */
export type OnSyncFailed = (entries: number, error: unknown) => void;

/** Brings what was written onto the disk, in the background and not more often than it must. Closes files, too. */
export class AuditSync {
  readonly #files: AuditFiles;
  readonly #pauseMs: number;
  readonly #onFailed: OnSyncFailed;
  /** Entries written since the last sync, by the file's descriptor. */
  #written = new Map<number, number>();
  /** To be closed after their last sync. */
  #retired = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(files: AuditFiles, pauseMs: number, onFailed: OnSyncFailed) {
    this.#files = files;
    this.#pauseMs = pauseMs;
    this.#onFailed = onFailed;
  }

  wrote(fd: number, entries: number): void {
    this.#written.set(fd, (this.#written.get(fd) ?? 0) + entries);
    this.#schedule();
  }

  /** Takes over a file that nobody writes to any more. */
  retire(fd: number): void {
    this.#retired.add(fd);
    this.#schedule();
  }

  /** Syncs and closes what is left. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#running;
    clearTimeout(this.#timer);
    await this.#run();
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#running !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#running = this.#run().finally(() => {
        this.#running = undefined;
        if (this.#written.size + this.#retired.size > 0) this.#schedule();
      });
    }, this.#pauseMs).unref();
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    const written = this.#written;
    const retired = this.#retired;
    this.#written = new Map();
    this.#retired = new Set();
    await Promise.all([...written].map(([fd, entries]) => this.#sync(fd, entries)));
    for (const fd of retired) {
      try {
        this.#files.close(fd);
      } catch {
        // Its entries are on the disk, or were told of; and it is closed whatever close says.
      }
    }
  }

  async #sync(fd: number, entries: number): Promise<void> {
    try {
      await this.#files.sync(fd);
    } catch (error) {
      this.#onFailed(entries, error);
    }
  }
}
