import { mayRenew, renewAt, safeUntil } from './renewal_rules.js';
import type { TrackedLease } from './tracked_lease.js';

/** Never wakes up more often than this, in milliseconds. */
const SHORTEST_SLEEP_MS = 10;
const LONGEST_SLEEP_MS = 3_600_000;

/** What the timer does to leases. */
export interface RenewalActions {
  leases(): Iterable<TrackedLease>;
  /** Whether renewals can be sent now. */
  isOnline(): boolean;
  renew(lease: TrackedLease): void;
  jeopardy(lease: TrackedLease): void;
}

/** The one timer of all leases of a stream: renews those that are due, together, and notices deadlines. */
export class Renewals {
  readonly #actions: RenewalActions;
  #timer: NodeJS.Timeout | undefined;
  #wakeAt = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(actions: RenewalActions) {
    this.#actions = actions;
  }

  /** Makes sure that the timer fires when this lease needs it. */
  attend(lease: TrackedLease): void {
    this.#wakeBy(this.#nextOf(lease));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #wakeBy(moment: number): void {
    if (moment >= this.#wakeAt || this.#closed) {
      return;
    }
    clearTimeout(this.#timer);
    this.#wakeAt = moment;
    const sleepMs = Math.min(Math.max(moment - performance.now(), SHORTEST_SLEEP_MS), LONGEST_SLEEP_MS);
    // The stream keeps the process alive while it is open; the timer alone need not.
    this.#timer = setTimeout(() => this.#fire(), sleepMs).unref();
  }

  #fire(): void {
    this.#wakeAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    const online = this.#actions.isOnline();
    let next = Number.POSITIVE_INFINITY;
    for (const lease of this.#actions.leases()) {
      if (lease.timing === undefined) {
        continue;
      }
      if (lease.checkDeadline(now)) {
        this.#actions.jeopardy(lease);
      }
      if (online && !lease.renewing && now >= lease.notBefore && mayRenew(lease.timing, now)) {
        lease.renewing = true;
        this.#actions.renew(lease);
      }
      next = Math.min(next, this.#nextOf(lease));
    }
    this.#wakeBy(next);
  }

  #nextOf(lease: TrackedLease): number {
    if (lease.timing === undefined) {
      return Number.POSITIVE_INFINITY;
    }
    const deadline = lease.state === 'held' ? safeUntil(lease.timing) : Number.POSITIVE_INFINITY;
    if (lease.renewing || !this.#actions.isOnline()) {
      return deadline;
    }
    return Math.min(deadline, Math.max(renewAt(lease.timing), lease.notBefore));
  }
}
