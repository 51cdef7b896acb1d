import { durationToMillis } from './duration.js';
import { cancelled, LeaseLostError } from './errors.js';
import { type Lease, type LeaseEnd, LeaseLiveness, type YieldRequest } from './gen/tenure/lease/v1/lease.js';
import { type LeaseGranted, type LeaseInherited, PriorHolding } from './gen/tenure/lease/v1/lease_service.js';
import type { HeldLease, HoldState } from './held_lease.js';
import { firstSentAt, type LeaseTiming, safeUntil } from './renewal_rules.js';

/** A lease of the hold, and what is known of its time. */
export class TrackedLease implements HeldLease {
  readonly outcome: 'granted' | 'inherited';
  readonly ownerToken: string | undefined;
  readonly inheritToken: string;
  readonly prior: PriorHolding;
  /** Undefined: nothing renews it here. */
  timing: LeaseTiming | undefined;
  /** Whether a renewal is on its way. */
  renewing = false;
  /** Not to be renewed before this moment, after a renewal failed. */
  notBefore = 0;
  #lease: Lease;
  #state: HoldState = 'held';
  #yieldRequest: YieldRequest | undefined;
  #controller: AbortController | undefined;
  #abortReason: Error | undefined;

  private constructor(
    outcome: 'granted' | 'inherited',
    lease: Lease,
    grant: { ownerToken: string | undefined; inheritToken: string; prior: PriorHolding },
  ) {
    this.outcome = outcome;
    this.#lease = lease;
    this.ownerToken = grant.ownerToken;
    this.inheritToken = grant.inheritToken;
    this.prior = grant.prior;
  }

  /** @param startedAt when the lease was asked for; its answer came `now`. */
  static granted(lease: Lease, grant: LeaseGranted, startedAt: number, now: number): TrackedLease {
    const tracked = new TrackedLease('granted', lease, grant);
    const ttlMs = lease.ttl === undefined ? Number.POSITIVE_INFINITY : durationToMillis(lease.ttl);
    tracked.#count(firstSentAt(startedAt, now, ttlMs));
    return tracked;
  }

  static inherited(lease: Lease, { inheritToken }: LeaseInherited): TrackedLease {
    return new TrackedLease('inherited', lease, {
      ownerToken: undefined,
      inheritToken,
      prior: PriorHolding.UNSPECIFIED,
    });
  }

  get lease(): Lease {
    return this.#lease;
  }

  get state(): HoldState {
    return this.#state;
  }

  get yieldRequest(): YieldRequest | undefined {
    return this.#yieldRequest;
  }

  /** Whether there is something left to renew or to lose. */
  get isLive(): boolean {
    return this.#state === 'held' || this.#state === 'jeopardy';
  }

  /** Made when asked for: most leases of a busy client never are. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abortReason !== undefined) {
        this.#controller.abort(this.#abortReason);
      }
    }
    return this.#controller.signal;
  }

  /** The daemon gave the TTL again. Answers whether that ended a jeopardy. */
  renewed(lease: Lease, sentAt: number, now: number): boolean {
    this.#lease = lease;
    this.#count(sentAt);
    const safe = this.timing === undefined || now < safeUntil(this.timing);
    if (this.#state === 'jeopardy' && safe) {
      this.#state = 'held';
      return true;
    }
    return false;
  }

  /** Answers whether that is news: it is told again after a break. */
  askedToYield(request: YieldRequest): boolean {
    const before = this.#yieldRequest?.requestTime;
    const { requestTime } = request;
    this.#yieldRequest = request;
    return before?.seconds !== requestTime?.seconds || before?.nanos !== requestTime?.nanos;
  }

  /** Answers whether the lease comes into jeopardy now. */
  checkDeadline(now: number): boolean {
    if (this.#state !== 'held' || this.timing === undefined || now < safeUntil(this.timing)) {
      return false;
    }
    this.#state = 'jeopardy';
    return true;
  }

  lose(end: LeaseEnd): LeaseLostError {
    const error = new LeaseLostError({
      leaseId: this.#lease.leaseId,
      resource: this.#lease.resource,
      end,
    });
    this.#finish('lost', error);
    return error;
  }

  /** Given back by its user: the signal stays silent. */
  release(): void {
    this.#state = 'released';
    this.timing = undefined;
  }

  /** The client was closed under it. */
  abandon(): void {
    this.#finish('released', cancelled(`the client was closed; the lease on ${this.#lease.resource} is given back`));
  }

  #finish(state: HoldState, reason: Error): void {
    this.#state = state;
    this.timing = undefined;
    this.#abortReason = reason;
    this.#controller?.abort(reason);
  }

  #count(sentAt: number): void {
    const { liveness, ttl, remainingTtl } = this.#lease;
    if (liveness !== LeaseLiveness.HOLD || ttl === undefined) {
      this.timing = undefined;
      return;
    }
    const ttlMs = durationToMillis(ttl);
    this.timing = { sentAt, ttlMs, grantedMs: remainingTtl === undefined ? ttlMs : durationToMillis(remainingTtl) };
  }
}
