import type { YieldRequest } from '@tenure/client/gen/tenure/lease/v1/lease';
import type { LeaseListener, LeaseListeners } from '../lease_listeners.js';
import type { LeaseRecord } from '../ledger/record.js';

/** The wishes that holders give their leases back: of each lease the newest, for as long as it is there. */
export class YieldRequests {
  readonly #listeners: LeaseListeners;
  readonly #byLease = new Map<string, YieldRequest>();

  constructor(listeners: LeaseListeners) {
    this.#listeners = listeners;
  }

  of(leaseId: string): YieldRequest | undefined {
    return this.#byLease.get(leaseId);
  }

  /** Answers whether anybody was there to hear it. */
  ask(lease: LeaseRecord, request: YieldRequest): boolean {
    this.#byLease.set(lease.leaseId, request);
    const listeners = this.#listeners.of(lease.leaseId);
    for (const listener of listeners) listener.yieldRequested(request);
    return listeners.length > 0;
  }

  /** A client has taken its lease up again: what was asked meanwhile it hears now. */
  tellAgain(leaseId: string, listener: LeaseListener): void {
    const request = this.#byLease.get(leaseId);
    if (request !== undefined) listener.yieldRequested(request);
  }

  forget(leaseId: string): void {
    this.#byLease.delete(leaseId);
  }
}
