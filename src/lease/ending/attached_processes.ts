import type { ProcessIdentity } from '../../os/process_identity.js';
import type { ProcessWatch } from '../../os/process_watch.js';
import { type LeaseRecord, processKey } from '../ledger/record.js';

/** A client that takes and releases in a loop keeps its watch so long in between. */
const LINGER_MS = 2_000;
/** Pause before a death that could not be recorded is reported again. */
const RETRY_MS = 1_000;

interface Watching {
  readonly process: ProcessIdentity;
  readonly stop: () => void;
  leases: number;
  /** Seen without leases at the last sweep. */
  idle: boolean;
}

/** Watches the processes that are attached to leases, each once, and tells when one is gone. */
export class AttachedProcesses {
  readonly #watch: ProcessWatch;
  readonly #onGone: (process: ProcessIdentity) => void;
  readonly #watching = new Map<string, Watching>();
  readonly #retries = new Map<string, NodeJS.Timeout>();
  #sweep: NodeJS.Timeout | undefined;

  constructor(watch: ProcessWatch, onGone: (process: ProcessIdentity) => void) {
    this.#watch = watch;
    this.#onGone = onGone;
  }

  isAlive(process: ProcessIdentity): boolean {
    return this.#watch.isAlive(process);
  }

  /** Follows the lease table. */
  changed(before: LeaseRecord | undefined, after: LeaseRecord | undefined): void {
    if (before?.attached === after?.attached) return;
    for (const process of after?.attached ?? []) this.#add(process);
    for (const process of before?.attached ?? []) this.#remove(process);
  }

  close(): void {
    clearTimeout(this.#sweep);
    for (const timer of this.#retries.values()) clearTimeout(timer);
    for (const { stop } of this.#watching.values()) stop();
    this.#watching.clear();
    this.#retries.clear();
  }

  #add({ pid, startTicks }: ProcessIdentity): void {
    const process = { pid, startTicks };
    const key = processKey(process);
    const known = this.#watching.get(key);
    if (known !== undefined) {
      known.leases += 1;
      known.idle = false;
      return;
    }
    if (!this.#watch.isAlive(process)) {
      // Its end was undone, for the store had no room: try again later.
      this.#retry(key, process);
      return;
    }
    const stop = this.#watch.onExit(process, () => {
      this.#watching.delete(key);
      this.#onGone(process);
    });
    this.#watching.set(key, { process, stop, leases: 1, idle: false });
  }

  #remove(process: ProcessIdentity): void {
    const known = this.#watching.get(processKey(process));
    if (known === undefined) return;
    known.leases -= 1;
    if (known.leases === 0) this.#sweep ??= setTimeout(() => this.#sweepIdle(), LINGER_MS);
  }

  #sweepIdle(): void {
    this.#sweep = undefined;
    let left = false;
    for (const [key, known] of this.#watching) {
      if (known.leases > 0) continue;
      if (known.idle) {
        known.stop();
        this.#watching.delete(key);
      } else {
        known.idle = true;
        left = true;
      }
    }
    if (left) this.#sweep = setTimeout(() => this.#sweepIdle(), LINGER_MS);
  }

  #retry(key: string, process: ProcessIdentity): void {
    if (this.#retries.has(key)) return;
    const timer = setTimeout(() => {
      this.#retries.delete(key);
      this.#onGone(process);
    }, RETRY_MS);
    this.#retries.set(key, timer);
  }
}
