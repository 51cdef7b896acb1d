import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { FuseOutcome } from '../../../src/session/fuses/fuse_actions.js';
import { FuseFiles } from '../../../src/session/fuses/fuse_files.js';
import type { StoredFuse } from '../../../src/session/fuses/fuse_rules.js';
import { Fuses, type FuseWish } from '../../../src/session/fuses/fuses.js';
import { temporaryFolder } from '../../os/child_process.js';
import { EventList } from '../../secret/event_list.js';

const MINUTE_MS = 60_000;

/** An action that has begun; the test says how it ends. */
export interface BegunDeed {
  readonly fuse: StoredFuse;
  readonly signal: AbortSignal;
  /** Whether the disk still had it when the action began. */
  readonly wasOnDisk: boolean;
  end(outcome?: FuseOutcome): void;
}

/** Fuses on a disk, with time and actions in the test's hands. */
export class FuseWorld {
  readonly folder: string;
  readonly events = new EventList();
  readonly begun: BegunDeed[] = [];
  wallMs = 1_750_000_000_000;
  /** Thrown at each write, where it is set. */
  writeFault: Error | undefined;
  /** Thrown where a fuse is taken out of the disk. */
  removeFault: Error | undefined;
  /** Writes take no time, for tests of thousands. */
  diskless = false;
  fuses: Fuses;
  readonly #t: TestContext;
  #ids = 0;

  constructor(t: TestContext) {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    this.#t = t;
    this.folder = join(temporaryFolder(t), 'fuses');
    this.fuses = this.#open();
    t.after(async () => {
      for (const { end } of this.begun) end();
      await this.fuses.close();
    });
  }

  /** As after a kill -9 of the daemon: what ran is nobody's any more. */
  restart(): void {
    this.begun.length = 0;
    // Its timer would have died with it.
    void this.fuses.close();
    this.fuses = this.#open();
    this.fuses.load();
  }

  set(wish: Partial<FuseWish> = {}): StoredFuse {
    return this.fuses.set({
      sessionId: '',
      directory: '',
      deed: { kind: 'exec', command: 'true' },
      afterMs: 10_000,
      label: '',
      ...wish,
    });
  }

  all(): readonly StoredFuse[] {
    return this.fuses.list({ sessionId: '', directory: '' });
  }

  /** Time goes by, on both clocks. */
  pass(ms: number): void {
    for (let left = ms; left > 0; left -= MINUTE_MS) {
      const step = Math.min(left, MINUTE_MS);
      this.wallMs += step;
      this.#t.mock.timers.tick(step);
    }
  }

  /** What has begun, by the ids of the fuses. */
  get fired(): readonly string[] {
    return this.begun.map(({ fuse }) => fuse.fuseId);
  }

  onDisk(): readonly string[] {
    mkdirSync(this.folder, { recursive: true });
    return readdirSync(this.folder).sort();
  }

  #open(): Fuses {
    const files = new FuseFiles(this.folder);
    return new Fuses({
      files: {
        readAll: (nowMs) => files.readAll(nowMs),
        write: (fuse) => {
          if (this.writeFault !== undefined) throw this.writeFault;
          if (!this.diskless) files.write(fuse);
        },
        remove: (fuseId) => {
          if (this.removeFault !== undefined) throw this.removeFault;
          files.remove(fuseId);
        },
      },
      actions: { run: (fuse, signal) => this.#begin(fuse, signal) },
      wallMs: () => this.wallMs,
      newId: () => {
        this.#ids += 1;
        return `fuse${String(this.#ids).padStart(4, '0')}`;
      },
      events: this.events,
    });
  }

  #begin(fuse: StoredFuse, signal: AbortSignal): Promise<FuseOutcome> {
    const wasOnDisk = this.onDisk().includes(`${fuse.fuseId}.json`);
    return new Promise((resolve) => {
      const end = (outcome = { success: true, detail: 'ended with exit code 0' }): void => resolve(outcome);
      this.begun.push({ fuse, signal, wasOnDisk, end });
    });
  }
}
