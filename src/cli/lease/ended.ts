import { describeEnd, LeaseEnd, type LeaseEnded } from '@tenure/client';
import { ExitCode } from '../exit_codes.js';
import { endJson, type Json } from './lease_json.js';

/** Whoever renews or releases a lease that is gone has lost it before. */
export const EXIT_OF_ENDED = ExitCode.LOST;

export function endedJson(ended: LeaseEnded): Json {
  const how = ended.end === LeaseEnd.UNSPECIFIED ? {} : { end: endJson(ended.end) };
  return { outcome: 'ended', leaseId: ended.leaseId, ...how };
}

export function describeEnded(ended: LeaseEnded): string {
  const how = ended.end === LeaseEnd.UNSPECIFIED ? '' : ` (${describeEnd(ended.end)})`;
  return `lease ${ended.leaseId} had ended before${how}`;
}
