import { describeEnd, LeaseEnd, type LeaseEnded } from '@tenure/client';
import { ExitCode } from '../exit_codes.js';
import { printJson, printLine } from '../output.js';
import { endJson, type Json } from './lease_json.js';

/** Tells of a lease that was gone before; whoever renews or releases it has lost it. */
export async function reportEnded(ended: LeaseEnded, asJson: boolean): Promise<void> {
  if (asJson) await printJson(endedJson(ended));
  else await printLine(describeEnded(ended));
  process.exitCode = ExitCode.LOST;
}

function endedJson(ended: LeaseEnded): Json {
  const how = ended.end === LeaseEnd.UNSPECIFIED ? {} : { end: endJson(ended.end) };
  return { outcome: 'ended', leaseId: ended.leaseId, ...how };
}

function describeEnded(ended: LeaseEnded): string {
  const how = ended.end === LeaseEnd.UNSPECIFIED ? '' : ` (${describeEnd(ended.end)})`;
  return `lease ${ended.leaseId} had ended before${how}`;
}
