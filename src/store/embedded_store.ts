import { CommitLanes } from './commit_lanes.js';
import type { Environment, Step, Write } from './environment.js';
import { closedError } from './faults.js';
import { frame } from './frame.js';
import { recordKey, revisionBytes } from './keys.js';
import { markWrite } from './marks.js';
import type {
  Commit,
  Durability,
  RecordWrite,
  Store,
  StoreContents,
  StoredEvent,
  StoredRecord,
  StoreRoom,
} from './port.js';
import { newestEvent, readStored, type Stored } from './stored.js';

/** How long an answer about free space is good for. */
const ROOM_CACHE_MS = 1_000;
/** Events deleted in one step: about a millisecond. */
const COMPACT_STEP = 200;

type Both<T> = Readonly<Record<Durability, T>>;

export interface EmbeddedStoreParts {
  readonly environments: Both<Environment>;
  /** As they were read when they were checked. */
  readonly stored: Both<Stored>;
  readonly otherBoot: boolean;
  readonly otherBootRecords: readonly StoredRecord[];
  readonly wallClockMicros: () => number;
  readonly freeBytes: () => number;
}

/** The store in two LMDB environments. */
export class EmbeddedStore implements Store {
  readonly kind = 'embedded';
  readonly #parts: EmbeddedStoreParts;
  readonly #lanes: CommitLanes;
  /** Dropped at the first write, as are the records of another boot. */
  #stored: Both<Stored> | undefined;
  #otherBootRecords: readonly StoredRecord[];
  /** Reserved for sure. */
  #reserved: number;
  #wanted = 0;
  #compacted: number;
  #compacting: Promise<void> = Promise.resolve();
  #room: { readonly at: number; readonly freeBytes: number } | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: EmbeddedStoreParts) {
    this.#parts = parts;
    this.#stored = parts.stored;
    this.#otherBootRecords = parts.otherBootRecords;
    this.#reserved = parts.stored.durable.reserved;
    this.#compacted = Math.max(parts.stored.boot.compacted, parts.stored.durable.compacted);
    this.#lanes = new CommitLanes(parts.environments);
  }

  async load(): Promise<StoreContents> {
    await this.#lanes.idle();
    const { boot, durable } = this.#stored ?? this.#readAgain();
    const compactedRevision = Math.max(boot.compacted, durable.compacted);
    const newest = Math.max(newestEvent(boot), newestEvent(durable), compactedRevision);
    return {
      records: [...boot.records, ...durable.records],
      events: [...boot.events, ...durable.events]
        .filter((event) => event.revision > compactedRevision)
        .sort((a, b) => a.revision - b.revision),
      compactedRevision,
      revisionFloor: Math.max(durable.reserved, newest, this.#parts.wallClockMicros()),
      otherBoot: this.#parts.otherBoot,
      otherBootRecords: this.#otherBootRecords,
    };
  }

  commit(commit: Commit): Promise<void> {
    const step: Write[] = [];
    const then: Write[] = [];
    try {
      for (const record of commit.writes)
        (record.durability === commit.durability ? step : then).push(recordWrite(record));
      for (const event of commit.events) step.push(eventWrite(event));
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#submit(commit.durability, step, then.length > 0 ? then : undefined, false);
  }

  async reserveRevisions(upTo: number): Promise<void> {
    if (upTo <= this.#reserved) return;
    // Never less than what an earlier call asked for: it may be behind this one.
    this.#wanted = Math.max(this.#wanted, upTo);
    const wanted = this.#wanted;
    await this.#submit('durable', [markWrite('reserved', wanted)], undefined, true);
    this.#reserved = Math.max(this.#reserved, wanted);
  }

  compact(revision: number): Promise<void> {
    // One after the other, whether or not the one before went well.
    const compacting = this.#compacting.then(
      () => this.#compactBoth(revision),
      () => this.#compactBoth(revision),
    );
    this.#compacting = compacting.catch(() => undefined);
    return compacting;
  }

  room(): StoreRoom {
    const now = performance.now();
    if (this.#room === undefined || now - this.#room.at > ROOM_CACHE_MS) {
      this.#room = { at: now, freeBytes: this.#parts.freeBytes() };
      this.#lanes.lookForRoom();
    }
    return { freeBytes: this.#room.freeBytes, writable: this.#lanes.hasRoom };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#compacting;
    await this.#lanes.idle();
    await this.#parts.environments.boot.close();
    await this.#parts.environments.durable.close();
  }

  #readAgain(): Both<Stored> {
    const { boot, durable } = this.#parts.environments;
    return { boot: readStored(boot.folder, 'boot'), durable: readStored(durable.folder, 'durable') };
  }

  async #compactBoth(revision: number): Promise<void> {
    if (revision <= this.#compacted) return;
    this.#compacted = revision;
    for (const durability of ['durable', 'boot'] as const) {
      // The mark comes first: a history with holes must not look whole.
      let step: Step = [markWrite('compacted', revision)];
      while (step.length > 0) {
        await this.#submit(durability, step, undefined, true);
        const keys = this.#parts.environments[durability].eventsUpTo(revision, COMPACT_STEP);
        step = keys.map((key) => ({ database: 'events', key, value: undefined }));
      }
    }
  }

  #submit(durability: Durability, step: Step, then: Step | undefined, own: boolean): Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(closedError(this.#parts.environments[durability].folder));
    this.#stored = undefined;
    this.#otherBootRecords = [];
    return this.#lanes.submit({ durability, step, then, own });
  }
}

function recordWrite({ key, value }: RecordWrite): Write {
  const bytes = recordKey(key);
  return { database: 'records', key: bytes, value: value === undefined ? undefined : frame(bytes, value) };
}

function eventWrite({ revision, bytes }: StoredEvent): Write {
  const key = revisionBytes(revision);
  return { database: 'events', key, value: frame(key, bytes) };
}
