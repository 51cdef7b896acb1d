import type { Lease } from '@tenure/client/gen/tenure/lease/v1/lease';
import type { LeaseEventType } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { timestampOfMs } from '../../rpc/durations.js';
import type { Durability } from '../../store/port.js';
import type { CommandNames } from '../command_names.js';
import type { Deadlines } from '../ending/deadlines.js';
import type { End } from '../ending/ending_rules.js';
import { leaseMessage } from '../lease_message.js';
import type { LeaseWatch } from '../lease_watch.js';
import { HistoryEvent } from '../watch/history_event.js';
import type { LeaseTable } from './lease_table.js';
import type { LeaseRecord } from './record.js';
import type { StoredDeadline } from './record_codec.js';
import type { RevisionCounter } from './revision_counter.js';

/** One record's step; without `after` the lease is gone. */
export interface RecordChange {
  readonly before: LeaseRecord | undefined;
  readonly after: LeaseRecord | undefined;
  readonly deadline: StoredDeadline | undefined;
}

/** A step that is applied in memory and waits to be committed. */
export interface Transaction {
  readonly durability: Durability;
  readonly changes: readonly RecordChange[];
  readonly events: readonly HistoryEvent[];
  /** Called once: without a fault when committed, with one when undone. */
  readonly settle: (fault: unknown) => void;
}

export interface TransactionQueue {
  submit(transaction: Transaction): void;
}

/** What a change is called in the history. */
export interface ChangeNote {
  readonly type: LeaseEventType;
  readonly ended?: End;
  readonly replacedBy?: string;
}

/** The steps of one transaction, as they are made. */
export class Draft {
  readonly changes: RecordChange[] = [];
  readonly events: HistoryEvent[] = [];
  /** The lease of each event, to answer with. */
  readonly messages: Lease[] = [];
  readonly #table: LeaseTable;
  readonly #deadlines: Deadlines;
  readonly #revisions: RevisionCounter;
  readonly #names: Pick<CommandNames, 'attachedOf'>;

  constructor(
    table: LeaseTable,
    deadlines: Deadlines,
    revisions: RevisionCounter,
    names: Pick<CommandNames, 'attachedOf'>,
  ) {
    this.#table = table;
    this.#deadlines = deadlines;
    this.#revisions = revisions;
    this.#names = names;
  }

  /** Makes one change, in memory at once, as a revision of its own. Answers the record with that revision. */
  put(before: LeaseRecord | undefined, after: LeaseRecord, note: ChangeNote): LeaseRecord {
    const revised = { ...after, revision: this.#revisions.next() };
    this.#table.replace(before, revised);
    this.changes.push({ before, after: revised, deadline: this.#deadlines.stored(revised) });
    this.#note(revised, note);
    return revised;
  }

  /** The lease is gone. Answers the record of its end. */
  remove(before: LeaseRecord, note: ChangeNote & { readonly ended: End }): LeaseRecord {
    const revised = { ...before, revision: this.#revisions.next() };
    this.#note(revised, note);
    this.#table.replace(before, undefined);
    this.changes.push({ before, after: undefined, deadline: undefined });
    return revised;
  }

  /** A new deadline alone: written, but no revision and no event. */
  rewrite(lease: LeaseRecord): void {
    this.changes.push({ before: lease, after: lease, deadline: this.#deadlines.stored(lease) });
  }

  undo(): void {
    for (const { before, after } of this.changes.reverse()) if (before !== after) this.#table.replace(after, before);
  }

  #note(lease: LeaseRecord, { type, ended, replacedBy = '' }: ChangeNote): void {
    const moment = this.#deadlines.momentOf(lease);
    const message = leaseMessage({ ...lease, attached: this.#names.attachedOf(lease) }, moment, ended);
    this.messages.push(message);
    this.events.push(
      HistoryEvent.encode({
        type,
        revision: BigInt(lease.revision),
        lease: message,
        eventTime: timestampOfMs(moment.wallMs),
        replacedBy,
      }),
    );
  }
}

/** Turns steps into transactions: all of a step's changes are made, or none. */
export class Ledger {
  readonly #table: LeaseTable;
  readonly #deadlines: Deadlines;
  readonly #revisions: RevisionCounter;
  readonly #queue: TransactionQueue;
  readonly #watch: Pick<LeaseWatch, 'committing'>;
  readonly #names: Pick<CommandNames, 'attachedOf'>;

  constructor(
    table: LeaseTable,
    deadlines: Deadlines,
    revisions: RevisionCounter,
    queue: TransactionQueue,
    watch: Pick<LeaseWatch, 'committing'>,
    names: Pick<CommandNames, 'attachedOf'>,
  ) {
    this.#table = table;
    this.#deadlines = deadlines;
    this.#revisions = revisions;
    this.#queue = queue;
    this.#watch = watch;
    this.#names = names;
  }

  /** Runs `step` in memory and hands its changes on. `settle` is called once they are safe, or undone. */
  transact<T>(step: (draft: Draft) => T, settle: (fault: unknown) => void): T {
    const draft = new Draft(this.#table, this.#deadlines, this.#revisions, this.#names);
    let value: T;
    try {
      value = step(draft);
    } catch (error) {
      draft.undo();
      throw error;
    }
    // A new lease is written first: what it replaced names no successor, so a crash in between could not be repaired.
    const first =
      draft.changes.find((change) => change.before === undefined) ??
      draft.changes.find((change) => change.after !== undefined) ??
      draft.changes[0];
    const durability = (first?.after ?? first?.before)?.durability ?? 'boot';
    const watched = this.#watch.committing(settle);
    this.#queue.submit({ durability, changes: draft.changes, events: draft.events, settle: watched });
    return value;
  }
}
