/** Part of the TTL that is kept back from the local deadline, for clocks and transport; at most a second. */
const MARGIN_SHARE = 0.1;
const LARGEST_MARGIN_MS = 1_000;
/** A lease is renewed when this part of its TTL has passed: two more tries fit before it ends. */
const RENEW_SHARE = 1 / 3;
/** Renewals due within this part of a renewal's pause go out with the first. */
const GATHER_SHARE = 0.1;
const LONGEST_RETRY_PAUSE_MS = 1_000;

/** What the timing of a lease depends on. All in milliseconds on a clock that does not jump. */
export interface LeaseTiming {
  /** When the last renewal that was granted was sent: the daemon's deadline can only be later. */
  readonly sentAt: number;
  readonly ttlMs: number;
  /** What that renewal gave: less than the TTL where max_hold comes first. */
  readonly grantedMs: number;
}

/** Until when the lease is in force whatever the daemon does. */
export function safeUntil({ sentAt, ttlMs, grantedMs }: LeaseTiming): number {
  const margin = Math.min(ttlMs * MARGIN_SHARE, LARGEST_MARGIN_MS);
  return sentAt + Math.min(ttlMs, grantedMs) - margin;
}

/** When to renew. */
export function renewAt({ sentAt, ttlMs }: Pick<LeaseTiming, 'sentAt' | 'ttlMs'>): number {
  return sentAt + ttlMs * RENEW_SHARE;
}

/** Whether a lease may be renewed now, together with others that are due. */
export function mayRenew(timing: Pick<LeaseTiming, 'sentAt' | 'ttlMs'>, now: number): boolean {
  return now >= renewAt(timing) - timing.ttlMs * RENEW_SHARE * GATHER_SHARE;
}

/**
 * From when the first TTL counts. The daemon counted from its grant, which
 * came somewhere between request and answer; after a long wait a third of the
 * TTL is taken as passed, so that a renewal settles it at once.
 */
export function firstSentAt(startedAt: number, now: number, ttlMs: number): number {
  return Math.max(startedAt, now - ttlMs * RENEW_SHARE);
}

/** Pause before a renewal that failed for a reason that passes is tried again. */
export function retryPause({ ttlMs }: Pick<LeaseTiming, 'ttlMs'>): number {
  return Math.min(ttlMs * GATHER_SHARE, LONGEST_RETRY_PAUSE_MS);
}
