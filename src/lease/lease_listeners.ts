import type { YieldRequest } from '@tenure/client/gen/tenure/lease/v1/lease';
import type { End } from './ending/ending_rules.js';
import type { LeaseRecord } from './ledger/record.js';

/** One who must hear of a lease's fate: a client's standing connection. */
export interface LeaseListener {
  /** The lease has ended, not by this listener's own release. Called once it is committed. */
  lost(lease: LeaseRecord, end: End): void;
  /** So many wait for it now. */
  contended(lease: LeaseRecord, queueLength: number): void;
  /** Somebody wishes that it be given back. */
  yieldRequested(request: YieldRequest): void;
}

/** Who listens for which lease. */
export class LeaseListeners {
  readonly #byLease = new Map<string, Set<LeaseListener>>();

  bind(leaseId: string, listener: LeaseListener): void {
    const listeners = this.#byLease.get(leaseId);
    if (listeners === undefined) this.#byLease.set(leaseId, new Set([listener]));
    else listeners.add(listener);
  }

  unbind(leaseId: string, listener: LeaseListener): void {
    const listeners = this.#byLease.get(leaseId);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#byLease.delete(leaseId);
  }

  of(leaseId: string): readonly LeaseListener[] {
    return [...(this.#byLease.get(leaseId) ?? [])];
  }

  /** Tells all but `except`, and forgets them. */
  lost(lease: LeaseRecord, end: End, except?: LeaseListener): void {
    const listeners = this.of(lease.leaseId);
    this.#byLease.delete(lease.leaseId);
    for (const listener of listeners) if (listener !== except) listener.lost(lease, end);
  }
}
