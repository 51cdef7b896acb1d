import type { LeaseLostError } from './errors.js';
import type { AttachedProcess, Lease, LeaseEnd, YieldRequest } from './gen/tenure/lease/v1/lease.js';
import type { AcquireResult, LeaseContended } from './gen/tenure/lease/v1/lease_service.js';
import type { HeldLease } from './held_lease.js';
import type { LeaseOptions } from './lease_options.js';

/** The answer to an acquire. */
export type AcquireOutcome =
  /** Somebody else has at least one of the resources; nothing was granted. One result a resource. */
  | { readonly outcome: 'held'; readonly results: readonly AcquireResult[] }
  | {
      readonly outcome: 'acquired';
      /** One a resource, in their order. */
      readonly leases: readonly HeldLease[];
      /** Resources for which an inherit token was presented whose lease is gone. */
      readonly staleInheritance: readonly string[];
    };

/** The answer to a release. */
export type ReleaseOutcome =
  /** Its state is DRAINING while others still run under it. */
  | { readonly outcome: 'released'; readonly lease: Lease }
  /** It had ended before. */
  | { readonly outcome: 'ended'; readonly end: LeaseEnd }
  /** It is an ancestor's; nothing was done. */
  | { readonly outcome: 'inherited' };

/**
 * A client's standing connection for leases: one stream carries all of its
 * acquires, renewals and releases. It is opened at first use; after a break,
 * or a restart of the daemon, leases and waiting acquires are taken up again
 * without the caller's doing.
 */
export interface Hold {
  /**
   * Acquires one or more resources, all or none. That they are held is an
   * answer, not an error.
   *
   * @throws TenureError with the daemon's reason, `CANCELLED` when the signal
   *   fires, `UNREACHABLE` when no daemon answers in time (never while
   *   waiting `forever`).
   */
  acquire(options: LeaseOptions): Promise<AcquireOutcome>;
  /** Gives a lease back. From the call on it is no longer renewed, whatever the answer. */
  release(lease: HeldLease): Promise<ReleaseOutcome>;
  /**
   * Attaches a process of the caller's own uid to a lease, one's own or an
   * ancestor's; the lease then lives while that process does.
   *
   * @throws LeaseLostError when the lease is gone, TenureError with
   *   `NOT_ATTACHABLE` when the process is.
   */
  attach(lease: HeldLease, pid: number): Promise<AttachedProcess>;
  /** Calls back when a lease is lost. Returns how to stop that. */
  onLost(listener: (error: LeaseLostError, lease: HeldLease) => void): () => void;
  /** Calls back when others begin or cease to wait for a lease. Returns how to stop that. */
  onContended(listener: (contended: LeaseContended, lease: HeldLease) => void): () => void;
  /** Calls back when somebody wishes that a lease be given back. Returns how to stop that. */
  onYieldRequested(listener: (request: YieldRequest, lease: HeldLease) => void): () => void;
  /** Calls back when a lease comes into jeopardy. Returns how to stop that. */
  onJeopardy(listener: (lease: HeldLease) => void): () => void;
  /** Calls back when a lease is out of jeopardy, held as before. Returns how to stop that. */
  onSafe(listener: (lease: HeldLease) => void): () => void;
  /** Calls back when the stream broke; it is opened again by itself. Returns how to stop that. */
  onBreak(listener: () => void): () => void;
  /**
   * Releases the leases that it renews and ends the stream. Leases of
   * liveness `process` stay with their processes.
   */
  close(): Promise<void>;
}
