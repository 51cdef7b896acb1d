import { type AcquireAnswer, readAcquireResponse } from './acquire_results.js';
import type { Connection } from './connection.js';
import { cancelled, endTold, LeaseLostError, type TenureError } from './errors.js';
import { type AttachedProcess, LeaseEnd, leaseEndFromJSON, type YieldRequest } from './gen/tenure/lease/v1/lease.js';
import type { LeaseContended } from './gen/tenure/lease/v1/lease_service.js';
import type { HeldLease } from './held_lease.js';
import type { AcquireOutcome, Hold, ReleaseOutcome } from './hold.js';
import { sendAcquire } from './hold_acquire.js';
import { HoldLink } from './hold_link.js';
import type { Operation, Result } from './hold_operations.js';
import { InheritedLeases } from './inherited_leases.js';
import type { LeaseOptions } from './lease_options.js';
import { acquireRequest } from './lease_request.js';
import { Listeners } from './listeners.js';
import { retryPause } from './renewal_rules.js';
import { Renewals } from './renewals.js';
import { RequestIds } from './request_ids.js';
import type { TrackedLease } from './tracked_lease.js';

/** Time for the last releases when the hold is closed, in milliseconds. */
const CLOSE_TIMEOUT_MS = 1_000;

/** The hold of one client: its leases, and the link that carries what is done with them. */
export class HoldClient implements Hold {
  readonly #timeoutMs: number;
  readonly #link: HoldLink;
  readonly #renewals: Renewals;
  readonly #granted = new Map<string, TrackedLease>();
  readonly #inherited: InheritedLeases;
  readonly #requestIds = new RequestIds();
  readonly #lost = new Listeners<[LeaseLostError, HeldLease]>();
  readonly #contended = new Listeners<[LeaseContended, HeldLease]>();
  readonly #yieldRequested = new Listeners<[YieldRequest, HeldLease]>();
  readonly #jeopardy = new Listeners<[HeldLease]>();
  readonly #safe = new Listeners<[HeldLease]>();
  readonly #broken = new Listeners<[]>();
  #closing: Promise<void> | undefined;

  /** @param timeoutMs how long a daemon that does not answer is waited for. */
  constructor(connection: Connection, timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#link = new HoldLink(connection, {
      onOpen: () => this.#resumeAll(),
      onContended: (contended) => {
        const lease = this.#granted.get(contended.leaseId);
        if (lease !== undefined) {
          this.#contended.call(contended, lease);
        }
      },
      onYieldRequested: (request) => this.#askedToYield(request),
      onLost: ({ leaseId, end }) => this.#ended(leaseId, end),
      onBreak: () => this.#broken.call(),
      needsStream: () => this.#granted.size + this.#inherited.size > 0,
    });
    this.#inherited = new InheritedLeases(connection, timeoutMs, (lease, end) => this.#lose(lease, end));
    this.#renewals = new Renewals({
      leases: () => this.#granted.values(),
      isOnline: () => this.#link.isOnline(),
      renew: (lease) => this.#renew(lease, 'renew'),
      jeopardy: (lease) => this.#jeopardy.call(lease),
    });
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  acquire(options: LeaseOptions): Promise<AcquireOutcome> {
    return new Promise((resolve, reject) => {
      if (this.isClosed) {
        throw cancelled('the hold is closed');
      }
      sendAcquire(this.#link, {
        request: acquireRequest(options, this.#requestIds.next()),
        options,
        timeoutMs: this.#timeoutMs,
        onAnswer: (response, startedAt) => {
          const answer = readAcquireResponse(response, startedAt, performance.now());
          this.#take(answer);
          resolve(answer);
        },
        onError: reject,
      });
    });
  }

  async release(lease: HeldLease): Promise<ReleaseOutcome> {
    const { ownerToken } = lease;
    if (ownerToken === undefined) {
      this.#inherited.forget(lease);
      return { outcome: 'inherited' };
    }
    if (lease.state === 'lost') {
      return { outcome: 'ended', end: endTold(lease.signal) };
    }
    const { leaseId } = lease.lease;
    this.#granted.get(leaseId)?.release();
    this.#granted.delete(leaseId);
    const result = await this.#ask({ $case: 'release', value: { ownerToken } });
    const outcome = result.$case === 'released' ? result.value.outcome : undefined;
    return outcome?.$case === 'released'
      ? { outcome: 'released', lease: outcome.value }
      : { outcome: 'ended', end: outcome?.value.end ?? LeaseEnd.UNSPECIFIED };
  }

  async attach(lease: HeldLease, pid: number): Promise<AttachedProcess> {
    const { ownerToken, inheritToken } = lease;
    const token = ownerToken === undefined ? { ownerToken: '', inheritToken } : { ownerToken, inheritToken: '' };
    const result = await this.#ask({ $case: 'attach', value: { ...token, pid } });
    const outcome = result.$case === 'attached' ? result.value.outcome : undefined;
    if (outcome?.$case === 'attached') {
      return outcome.value;
    }
    const { leaseId, resource } = lease.lease;
    const end = outcome?.value.end ?? LeaseEnd.UNSPECIFIED;
    throw new LeaseLostError({ leaseId, resource, end });
  }

  onLost(listener: (error: LeaseLostError, lease: HeldLease) => void): () => void {
    return this.#lost.add(listener);
  }

  onContended(listener: (contended: LeaseContended, lease: HeldLease) => void): () => void {
    return this.#contended.add(listener);
  }

  onYieldRequested(listener: (request: YieldRequest, lease: HeldLease) => void): () => void {
    return this.#yieldRequested.add(listener);
  }

  onJeopardy(listener: (lease: HeldLease) => void): () => void {
    return this.#jeopardy.add(listener);
  }

  onSafe(listener: (lease: HeldLease) => void): () => void {
    return this.#safe.add(listener);
  }

  onBreak(listener: () => void): () => void {
    return this.#broken.add(listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#renewals.close();
    this.#link.cancelAcquires(cancelled('the hold was closed'));
    for (const lease of this.#granted.values()) {
      // One without a deadline is its processes' lease, not this client's.
      if (lease.timing !== undefined && lease.ownerToken !== undefined) {
        this.#link.tell({ $case: 'release', value: { ownerToken: lease.ownerToken } });
      }
      lease.abandon();
    }
    this.#granted.clear();
    const checked = this.#inherited.close();
    await this.#link.idle(CLOSE_TIMEOUT_MS);
    await this.#link.close();
    await checked;
  }

  /** Runs in the stream's turn, so that news of these leases in the same batch finds them. */
  #take(answer: AcquireAnswer): void {
    if (answer.outcome === 'held') {
      return;
    }
    for (const lease of answer.leases) {
      if (lease.outcome === 'inherited') {
        this.#inherited.add(lease);
      } else {
        this.#granted.set(lease.lease.leaseId, lease);
        this.#renewals.attend(lease);
      }
    }
  }

  #ask(operation: Operation): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#link.submit({
        operation,
        onResult: resolve,
        onError: reject,
        giveUpAt: performance.now() + this.#timeoutMs,
      });
    });
  }

  #resumeAll(): void {
    for (const lease of this.#granted.values()) {
      this.#renew(lease, 'resume');
    }
    this.#inherited.recheck();
  }

  #renew(lease: TrackedLease, how: 'renew' | 'resume'): void {
    const { ownerToken } = lease;
    if (ownerToken === undefined) {
      return;
    }
    lease.renewing = true;
    const sentAt = performance.now();
    this.#link.submit({
      operation:
        how === 'renew'
          ? { $case: 'renew', value: { ownerToken, ttl: undefined } }
          : { $case: 'resume', value: { ownerToken } },
      onResult: (result) => this.#onRenewed(lease, result, sentAt),
      onError: (error) => this.#onRenewFailed(lease, error),
      giveUpAt: Number.POSITIVE_INFINITY,
    });
  }

  #onRenewed(lease: TrackedLease, result: Result, sentAt: number): void {
    lease.renewing = false;
    const outcome = result.$case === 'renewed' || result.$case === 'resumed' ? result.value.outcome : undefined;
    if (!lease.isLive || outcome === undefined) {
      return;
    }
    if (outcome.$case === 'ended') {
      this.#ended(outcome.value.leaseId, outcome.value.end);
      return;
    }
    if (lease.renewed(outcome.value, sentAt, performance.now())) {
      this.#safe.call(lease);
    }
    this.#renewals.attend(lease);
  }

  #onRenewFailed(lease: TrackedLease, error: TenureError): void {
    lease.renewing = false;
    if (!lease.isLive) {
      return;
    }
    switch (error.reason) {
      case 'LEASE_ENDED':
      case 'LEASE_NOT_FOUND':
      case 'WRONG_TOKEN':
        this.#ended(lease.lease.leaseId, leaseEndFromJSON(`LEASE_END_${error.metadata['end'] ?? ''}`));
        return;
      default:
        if (lease.timing !== undefined) {
          lease.notBefore = performance.now() + retryPause(lease.timing);
        }
        this.#renewals.attend(lease);
    }
  }

  /** Whoever runs under the lease hears it, once. */
  #askedToYield(request: YieldRequest): void {
    const own = this.#granted.get(request.leaseId);
    for (const lease of [...(own === undefined ? [] : [own]), ...this.#inherited.of(request.leaseId)]) {
      if (lease.askedToYield(request)) {
        this.#yieldRequested.call(request, lease);
      }
    }
  }

  #ended(leaseId: string, end: LeaseEnd): void {
    const own = this.#granted.get(leaseId);
    if (own !== undefined) {
      this.#granted.delete(leaseId);
      this.#lose(own, end);
    }
    this.#inherited.ended(leaseId, end);
  }

  #lose(lease: TrackedLease, end: LeaseEnd): void {
    this.#lost.call(lease.lose(end === LeaseEnd.UNRECOGNIZED ? LeaseEnd.UNSPECIFIED : end), lease);
  }
}
