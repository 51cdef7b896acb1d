import type { RecordWrite, Store } from '../../store/port.js';
import type { HistoryEvent } from '../watch/history_event.js';
import type { CommittedLeases } from './committed_leases.js';
import type { LeaseTable } from './lease_table.js';
import type { RecordChange, Transaction, TransactionQueue } from './ledger.js';
import { encodeLease } from './record_codec.js';

export interface CommitPipelineParts {
  readonly store: Pick<Store, 'commit'>;
  readonly table: LeaseTable;
  readonly committed: CommittedLeases;
  /** Called with events in revision order, once they are committed. */
  readonly publish: (events: readonly HistoryEvent[]) => void;
  /** Called with what could not be written, once it is undone and those who asked for it know. */
  readonly undone: (changes: readonly RecordChange[], fault: unknown) => void;
}

/**
 * Brings transactions into the store in their order, one batch at a time: all
 * that came while one was written is the next. What could not be written is
 * undone in memory, with everything that was built on it, and nobody has been
 * told of it.
 */
export class CommitPipeline implements TransactionQueue {
  readonly #parts: CommitPipelineParts;
  #waiting: Transaction[] = [];
  #busy = false;
  #commits = 0;
  #idle: (() => void)[] = [];

  constructor(parts: CommitPipelineParts) {
    this.#parts = parts;
  }

  /** Transactions committed in this run. */
  get commits(): number {
    return this.#commits;
  }

  submit(transaction: Transaction): void {
    this.#waiting.push(transaction);
    if (this.#busy) return;
    this.#busy = true;
    // At the end of this turn of the event loop, so that all requests that it brought share a commit.
    setImmediate(() => this.#writeNext());
  }

  /** Resolves when nothing waits any more. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#busy) this.#idle.push(resolve);
      else resolve();
    });
  }

  #writeNext(): void {
    const batch = this.#takeBatch();
    const durability = batch[0]?.durability;
    if (durability === undefined) {
      this.#busy = false;
      const idle = this.#idle;
      this.#idle = [];
      for (const resolve of idle) resolve();
      return;
    }
    const events = batch.flatMap((transaction) => transaction.events);
    const writes = batch.flatMap((transaction) => transaction.changes).map(writeOf);
    this.#parts.store.commit({ durability, writes, events }).then(
      () => this.#committed(batch, events),
      (fault: unknown) => this.#undo(batch, fault),
    );
  }

  /** The longest run with one durability: order holds across the store's two parts, too. */
  #takeBatch(): Transaction[] {
    const durability = this.#waiting[0]?.durability;
    const end = this.#waiting.findIndex((transaction) => transaction.durability !== durability);
    if (end < 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      return batch;
    }
    return this.#waiting.splice(0, end);
  }

  #committed(batch: readonly Transaction[], events: readonly HistoryEvent[]): void {
    this.#commits += batch.length;
    const revision = events.at(-1)?.revision ?? 0;
    for (const { changes } of batch) this.#parts.committed.committed(changes, revision);
    if (events.length > 0) this.#parts.publish(events);
    for (const transaction of batch) transaction.settle(undefined);
    this.#writeNext();
  }

  #undo(batch: readonly Transaction[], fault: unknown): void {
    const undone = [...batch, ...this.#waiting];
    this.#waiting = [];
    for (const { changes } of [...undone].reverse()) {
      for (const { before, after } of [...changes].reverse()) {
        if (before !== after) this.#parts.table.replace(after, before);
      }
    }
    for (const transaction of undone) transaction.settle(fault);
    this.#parts.undone(
      undone.flatMap(({ changes }) => changes),
      fault,
    );
    this.#writeNext();
  }
}

function writeOf({ before, after, deadline }: RecordChange): RecordWrite {
  if (after !== undefined) {
    const value = encodeLease({ lease: after, deadline });
    return { durability: after.durability, key: after.leaseId, value };
  }
  return { durability: before?.durability ?? 'boot', key: before?.leaseId ?? '', value: undefined };
}
