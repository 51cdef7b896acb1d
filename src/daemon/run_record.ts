import { type DaemonRecord, nextRecord, writeRecord } from './daemon_record.js';

/** What a run writes of itself. */
export type Run = Parameters<typeof nextRecord>[1];

/**
 * Keeps `daemon.json` true while the daemon runs. Where it can't be written,
 * because the disk is full, the daemon goes on: leases matter more.
 */
export class RunRecord {
  readonly #path: string;
  readonly #onFault: (error: unknown) => void;
  #record: DaemonRecord;
  #failed = false;

  constructor(path: string, previous: DaemonRecord | undefined, run: Run, onFault: (error: unknown) => void) {
    this.#path = path;
    this.#onFault = onFault;
    this.#record = nextRecord(previous, run);
    this.#write();
  }

  get startCount(): number {
    return this.#record.startCount;
  }

  get crashesInARow(): number {
    return this.#record.crashesInARow;
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
