import type { Connection } from './connection.js';
import { isTenureError } from './errors.js';
import { LeaseEnd, LeaseState } from './gen/tenure/lease/v1/lease.js';
import type { GetLeaseResponse } from './gen/tenure/lease/v1/lease_service.js';
import type { HeldLease } from './held_lease.js';
import type { TrackedLease } from './tracked_lease.js';
import { callUnary } from './unary.js';

/**
 * Leases of ancestors that this process runs under. They are not this
 * stream's to renew; after a break it is asked whether they still are.
 */
export class InheritedLeases {
  readonly #connection: Connection;
  readonly #timeoutMs: number;
  readonly #lose: (lease: TrackedLease, end: LeaseEnd) => void;
  readonly #leases = new Set<TrackedLease>();
  readonly #asking = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(connection: Connection, timeoutMs: number, lose: (lease: TrackedLease, end: LeaseEnd) => void) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
    this.#lose = lose;
  }

  get size(): number {
    return this.#leases.size;
  }

  add(lease: TrackedLease): void {
    this.#leases.add(lease);
  }

  of(leaseId: string): TrackedLease[] {
    return [...this.#leases].filter(({ lease }) => lease.leaseId === leaseId);
  }

  /** The caller is through with it. */
  forget(lease: HeldLease): void {
    for (const known of this.#leases) {
      if (known === lease) {
        known.release();
        this.#leases.delete(known);
      }
    }
  }

  /** The daemon says that a lease has ended: for all who run under it. */
  ended(leaseId: string, end: LeaseEnd): void {
    for (const lease of this.#leases) {
      if (lease.lease.leaseId === leaseId) {
        this.#leases.delete(lease);
        this.#lose(lease, end);
      }
    }
  }

  /** Asks for each lease whether it is still in force. Does not throw: what can't be asked now is asked after the next break. */
  recheck(): void {
    const leaseIds = new Set([...this.#leases].map(({ lease }) => lease.leaseId));
    for (const leaseId of leaseIds) {
      const asking = this.#recheckOne(leaseId).finally(() => this.#asking.delete(asking));
      this.#asking.add(asking);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const lease of this.#leases) {
      lease.abandon();
    }
    this.#leases.clear();
    await Promise.all(this.#asking);
  }

  async #recheckOne(leaseId: string): Promise<void> {
    try {
      const { lease } = await callUnary<GetLeaseResponse>(
        this.#connection,
        ({ leases }, metadata, options, callback) => leases.getLease({ leaseId }, metadata, options, callback),
        { timeoutMs: this.#timeoutMs, signal: this.#closing.signal },
      );
      if (lease?.state !== LeaseState.ACTIVE) {
        this.ended(leaseId, lease?.end ?? LeaseEnd.UNSPECIFIED);
      }
    } catch (error) {
      if (isTenureError(error, 'LEASE_NOT_FOUND')) {
        this.ended(leaseId, LeaseEnd.UNSPECIFIED);
      } else if (!isTenureError(error)) {
        throw error;
      }
    }
  }
}
