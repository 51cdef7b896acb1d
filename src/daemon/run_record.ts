import { type DaemonRecord, nextRecord, writeRecord } from './daemon_record.js';

type Run = Parameters<typeof nextRecord>[1];

/** Keeps `daemon.json` true while the daemon runs. */
export class RunRecord {
  readonly #path: string;
  #record: DaemonRecord;
  #failed = false;

  constructor(path: string, previous: DaemonRecord | undefined, run: Run) {
    this.#path = path;
    this.#record = nextRecord(previous, run);
    writeRecord(path, this.#record);
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
    writeRecord(this.#path, this.#record);
  }

  /** The run has failed: its record stays as a crash leaves it, and the next start says so. */
  fail(): void {
    this.#failed = true;
  }

  /** Notes that the run ended in order. */
  close(): void {
    if (!this.#failed) writeRecord(this.#path, { ...this.#record, stopped: true });
  }
}
