import { LeaseEnd } from '@tenure/client/gen/tenure/lease/v1/lease';

/** A lease is renewed when this part of its TTL has passed: two more tries fit before it ends. */
const RENEW_SHARE = 1 / 3;
/** A secret is leased anew, for its newest value, a little before its lease would be renewed. */
const LEASE_ANEW_SHARE = 0.3;
const RETRY_SHARE = 1 / 30;
const SHORTEST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 5_000;
/** Timers reach no further than some weeks. */
const LONGEST_PAUSE_MS = 86_400_000;

export function renewalPauseMs(ttlMs: number): number {
  return Math.min(ttlMs * RENEW_SHARE, LONGEST_PAUSE_MS);
}

export function leaseAnewPauseMs(ttlMs: number): number {
  return Math.min(ttlMs * LEASE_ANEW_SHARE, LONGEST_PAUSE_MS);
}

/** Pause after a renewal that failed for a reason that passes. */
export function retryPauseMs(ttlMs: number): number {
  return Math.min(Math.max(ttlMs * RETRY_SHARE, SHORTEST_RETRY_MS), LONGEST_RETRY_MS);
}

/**
 * What the end of a lease means for who uses the secret's value.
 *
 * `lost`: the use must end. `followed`: a newer run of the same client has its
 * place, and only that lease's revocation ends the use. `over`: nothing.
 *
 * @param isOwn false for a lease that was followed.
 */
export function meaningOfEnd(end: LeaseEnd, isOwn: boolean): 'lost' | 'followed' | 'over' {
  switch (end) {
    case LeaseEnd.REPLACED:
      return 'followed';
    case LeaseEnd.REVOKED:
      return 'lost';
    case LeaseEnd.RELEASED:
      return 'over';
    case LeaseEnd.EXPIRED:
    case LeaseEnd.MAX_HOLD:
    case LeaseEnd.PROCESS_GONE:
    case LeaseEnd.OTHER_BOOT:
    case LeaseEnd.UNSPECIFIED:
    case LeaseEnd.UNRECOGNIZED:
      return isOwn ? 'lost' : 'over';
  }
}
