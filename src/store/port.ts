/**
 * What the rooms need of a store: atomic commits of opaque records and of the
 * events that tell of them. The store knows nothing of leases.
 */

/**
 * Where a record lives.
 * - `boot`: gone with the next boot; acknowledged when committed, so that it
 *   survives a kill of the daemon and cannot outlive the boot.
 * - `durable`: acknowledged after fsync; survives power loss and reboots.
 */
export type Durability = 'boot' | 'durable';

/** One record to write; without a value, to delete. */
export interface RecordWrite {
  readonly durability: Durability;
  /** At most 1,900 bytes. */
  readonly key: string;
  readonly value: Uint8Array | undefined;
}

/** One event of the history, kept beside the records that it tells of. */
export interface StoredEvent {
  readonly revision: number;
  readonly bytes: Uint8Array;
}

/**
 * One atomic step. Where its writes touch both durabilities, those of
 * `events` and of `durability` are committed first, the others after them;
 * a crash in between leaves the first part only.
 */
export interface Commit {
  /** Where the events go, and which part is committed first. */
  readonly durability: Durability;
  readonly writes: readonly RecordWrite[];
  readonly events: readonly StoredEvent[];
}

export interface StoredRecord {
  readonly durability: Durability;
  readonly key: string;
  readonly value: Uint8Array;
}

export interface StoreContents {
  readonly records: readonly StoredRecord[];
  /** In revision order, over both durabilities. */
  readonly events: readonly StoredEvent[];
  /** All events up to this revision have been dropped; 0 where none was. */
  readonly compactedRevision: number;
  /** No revision at or below this one may be given out again. */
  readonly revisionFloor: number;
  /** Whether the boot part was written in another boot and is therefore empty now. */
  readonly otherBoot: boolean;
  /** What the boot part of an earlier boot held, as far as it can be read: for the record only, none of it is in force. */
  readonly otherBootRecords: readonly StoredRecord[];
}

export interface StoreRoom {
  readonly freeBytes: number;
  /** False after a commit found no room, until one succeeds again. */
  readonly writable: boolean;
}

export interface Store {
  readonly kind: 'embedded' | 'etcd';
  load(): Promise<StoreContents>;
  /**
   * Resolves once the commit is as safe as its durability promises; commits
   * of one durability take effect in the order of the calls. Rejects with a
   * StoreError; then nothing of it is in the store, and nothing of later
   * commits that were under way.
   */
  commit(commit: Commit): Promise<void>;
  /** Makes sure, durably, that no later run gives out a revision at or below this one. */
  reserveRevisions(upTo: number): Promise<void>;
  /** Drops all events up to and including this revision, at leisure. */
  compact(revision: number): Promise<void>;
  room(): StoreRoom;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

/** `full`: no room, try again later. `failed`: the store can no longer be trusted; the daemon must stop. `corrupt`: refuse to start. */
export type StoreFault = 'full' | 'failed' | 'corrupt';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly fault: StoreFault;

  constructor(fault: StoreFault, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.fault = fault;
  }
}
