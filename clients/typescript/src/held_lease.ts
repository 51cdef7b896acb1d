import type { Lease, YieldRequest } from './gen/tenure/lease/v1/lease.js';
import type { PriorHolding } from './gen/tenure/lease/v1/lease_service.js';

/**
 * - `held`: in force, as far as this process can know.
 * - `jeopardy`: the local deadline has passed without a word from the daemon.
 *   Nobody else has been let in; either `held` or `lost` follows.
 * - `lost`: gone, on the daemon's word.
 * - `released`: given back by this client.
 */
export type HoldState = 'held' | 'jeopardy' | 'lost' | 'released';

/** A lease that this process holds, or runs under. */
export interface HeldLease {
  /** The lease as last heard of; renewals bring a newer one. */
  readonly lease: Lease;
  /** `granted`: one's own. `inherited`: an ancestor's, which is neither renewed nor released here. */
  readonly outcome: 'granted' | 'inherited';
  /** Renews and releases the lease. Secret. Undefined where it is inherited. */
  readonly ownerToken: string | undefined;
  /** Lets children run under the lease, and nothing else. Secret. */
  readonly inheritToken: string;
  /** What was there before. */
  readonly prior: PriorHolding;
  readonly state: HoldState;
  /** The newest wish that the lease be given back; whether to heed it is the holder's own business. */
  readonly yieldRequest: YieldRequest | undefined;
  /** Fires when the lease is lost, with a LeaseLostError as its reason, or when the client is closed under it. */
  readonly signal: AbortSignal;
}

/** What the task of `withLease` is given. */
export interface LeaseScope {
  /** One a resource, in their order. */
  readonly leases: readonly HeldLease[];
  /** The first of them. */
  readonly lease: HeldLease;
  /** Fires when any of the leases is lost, with a LeaseLostError as its reason. */
  readonly signal: AbortSignal;
  /** The worst of the leases' states. */
  readonly state: HoldState;
  /**
   * Calls back when somebody wishes that a lease be given back: soon, where
   * that was so before. Returns how to stop that.
   */
  onYieldRequested(listener: (request: YieldRequest, lease: HeldLease) => void): () => void;
  /** Calls back when a lease comes into jeopardy. Returns how to stop that. */
  onJeopardy(listener: (lease: HeldLease) => void): () => void;
  /** Calls back when a lease is out of jeopardy, held as before. Returns how to stop that. */
  onSafe(listener: (lease: HeldLease) => void): () => void;
  /**
   * An environment for children that may run under these leases, and under
   * all that this process itself has inherited, in the trace that it is in.
   *
   * @param base what the child gets besides. Default: `process.env`.
   */
  childEnvironment(base?: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
}
