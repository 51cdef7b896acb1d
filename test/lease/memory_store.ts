import type { Commit, Store, StoreContents, StoredEvent, StoredRecord } from '../../src/store/port.js';
import { StoreError, type StoreFault } from '../../src/store/port.js';

/** A store that keeps all in memory and fails when a test says so. */
export class MemoryStore implements Store {
  readonly kind = 'embedded';
  readonly records = new Map<string, StoredRecord>();
  readonly events: StoredEvent[] = [];
  reserved = 0;
  /** Commits refused so far. */
  refused = 0;
  otherBootRecords: readonly StoredRecord[] = [];
  /** Set: commits are refused with it. */
  fault: StoreFault | undefined;
  /** Set: commits wait for it. */
  gate: Promise<void> | undefined;

  load(): Promise<StoreContents> {
    return Promise.resolve({
      records: [...this.records.values()],
      events: this.events,
      compactedRevision: 0,
      revisionFloor: Math.max(this.reserved, Date.now() * 1000),
      otherBoot: false,
      otherBootRecords: this.otherBootRecords,
    });
  }

  async commit(commit: Commit): Promise<void> {
    await this.gate;
    if (this.fault !== undefined) this.refused += 1;
    if (this.fault !== undefined) throw new StoreError(this.fault, 'made by the test');
    for (const { durability, key, value } of commit.writes) {
      if (value === undefined) this.records.delete(key);
      else this.records.set(key, { durability, key, value });
    }
    this.events.push(...commit.events);
  }

  reserveRevisions(upTo: number): Promise<void> {
    this.reserved = Math.max(this.reserved, upTo);
    return Promise.resolve();
  }

  compact(): Promise<void> {
    return Promise.resolve();
  }

  room(): { freeBytes: number; writable: boolean } {
    return { freeBytes: 1e9, writable: this.fault === undefined };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
