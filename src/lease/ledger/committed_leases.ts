import type { RecordChange } from './ledger.js';
import type { LeaseRecord } from './record.js';

/** The leases as the store has them: what readers and watchers may be told. */
export class CommittedLeases {
  readonly #byId = new Map<string, LeaseRecord>();
  #revision = 0;

  /** The newest committed revision. */
  get revision(): number {
    return this.#revision;
  }

  get(leaseId: string): LeaseRecord | undefined {
    return this.#byId.get(leaseId);
  }

  /** In the order of their grants, but for what a restart or an undone end brought back. */
  all(): IterableIterator<LeaseRecord> {
    return this.#byId.values();
  }

  restore(leases: readonly LeaseRecord[], revision: number): void {
    for (const lease of leases) this.#byId.set(lease.leaseId, lease);
    this.#revision = revision;
  }

  committed(changes: readonly RecordChange[], revision: number): void {
    for (const { before, after } of changes) {
      if (after !== undefined) this.#byId.set(after.leaseId, after);
      else if (before !== undefined) this.#byId.delete(before.leaseId);
    }
    this.#revision = Math.max(this.#revision, revision);
  }
}
