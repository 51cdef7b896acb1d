import { LeaseEnd, leaseEndToJSON } from './gen/tenure/lease/v1/lease.js';

/** RELEASED, EXPIRED, … as in the contract; UNKNOWN where the daemon no longer knows. */
export function endName(end: LeaseEnd): string {
  return end === LeaseEnd.UNSPECIFIED ? 'UNKNOWN' : leaseEndToJSON(end).replace('LEASE_END_', '');
}

/** How a lease ended, for people: `revoked by an operator`. */
export function describeEnd(end: LeaseEnd): string {
  switch (end) {
    case LeaseEnd.RELEASED:
      return 'released by its owner';
    case LeaseEnd.REVOKED:
      return 'revoked by an operator';
    case LeaseEnd.REPLACED:
      return 'replaced by a newer lease of the same client';
    case LeaseEnd.EXPIRED:
      return 'expired';
    case LeaseEnd.MAX_HOLD:
      return 'its max-hold ran out';
    case LeaseEnd.PROCESS_GONE:
      return 'its processes are gone';
    case LeaseEnd.OTHER_BOOT:
      return 'the machine was booted anew';
    case LeaseEnd.UNSPECIFIED:
    case LeaseEnd.UNRECOGNIZED:
      return 'the daemon does not know how it ended';
  }
}
