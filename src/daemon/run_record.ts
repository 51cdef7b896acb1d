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
  readonly #onFault: (error: unknown) => void;
  readonly #settling: NodeJS.Timeout;
  #record: DaemonRecord;
  #failed = false;

  constructor(path: string, previous: DaemonRecord | undefined, run: Run, listener: RunListener) {
    this.#path = path;
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

  /** The run has failed: its record stays as a crash leaves it, and the next start says so. */
  fail(): void {
    this.#failed = true;
  }

  /** Notes that the run ended in order. */
  close(): void {
    clearTimeout(this.#settling);
    if (this.#failed) return;
    this.#record = { ...this.#record, stopped: true };
    this.#write();
  }

  #write(): void {
    try {
      writeRecord(this.#path, this.#record);
    } catch (error) {
      this.#onFault(error);
    }
  }
}
