import { rmSync } from 'node:fs';
import { SETTLED_MS } from './crash_rules.js';
import { type DaemonRecord, nextRecord, settledRecord, writeRecord } from './daemon_record.js';

/** What a run writes of itself. */
export type Run = Parameters<typeof nextRecord>[1];

/** Who wants to know of the record's ups and downs. */
export interface RunListener {
  /** It could not be written. */
  readonly onFault: (error: unknown) => void;
  /** The run has lasted: it is no part of a crash loop. */
  readonly onSettled: () => void;
  readonly settleMs?: number;
}

/**
 * Keeps `daemon.json` true while the daemon runs. Where it can't be written,
 * because the disk is full, the daemon goes on: leases matter more.
 */
export class RunRecord {
  readonly #path: string;
  readonly #previous: DaemonRecord | undefined;
  readonly #onFault: (error: unknown) => void;
  readonly #settling: NodeJS.Timeout;
  #record: DaemonRecord;
  #serves = false;
  #failed = false;

  constructor(path: string, previous: DaemonRecord | undefined, run: Run, listener: RunListener) {
    this.#path = path;
    this.#previous = previous;
    this.#onFault = listener.onFault;
    this.#record = nextRecord(previous, run);
    this.#write();
    this.#settling = setTimeout(() => {
      this.#record = settledRecord(this.#record);
      this.#write();
      listener.onSettled();
    }, listener.settleMs ?? SETTLED_MS);
  }

  get startCount(): number {
    return this.#record.startCount;
  }

  get crashesInARow(): number {
    return this.#record.crashesInARow;
  }

  /** Empty: clients start the daemon again at once, should it crash. */
  get restartNotBefore(): string {
    return this.#record.restartNotBefore;
  }

  /** Clients look here for the socket. */
  setSocketPath(socketPath: string): void {
    if (this.#record.socketPath === socketPath) return;
    this.#record = { ...this.#record, socketPath };
    this.#write();
  }

  /** The start has come to its end: this is a run, and no attempt at one. */
  serves(): void {
    this.#serves = true;
  }

  /** The run has failed: its record stays as a crash leaves it, and the next start says so. */
  fail(): void {
    this.#failed = true;
  }

  /** Notes that the run ended in order; one that never served leaves what the run before it left. */
  close(): void {
    clearTimeout(this.#settling);
    if (this.#failed) return;
    if (this.#serves) {
      this.#record = { ...this.#record, stopped: true };
      this.#write();
    } else if (this.#previous !== undefined) {
      this.#record = this.#previous;
      this.#write();
    } else {
      rmSync(this.#path, { force: true });
    }
  }

  #write(): void {
    try {
      writeRecord(this.#path, this.#record);
    } catch (error) {
      this.#onFault(error);
    }
  }
}
