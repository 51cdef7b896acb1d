import { type HeldLease, type Hold, LeaseEnd } from '@tenure/client';
import { endJson } from '../lease/lease_json.js';

/**
 * Longest time to wait for the daemon's word on a release, in milliseconds.
 * Past it, the end of this process ends the lease as well.
 */
const RELEASE_MS = 2_000;

export interface EndedLease {
  readonly resource: string;
  /** How, in a word. */
  readonly end: string;
}

/** Gives the leases back; answers those that had ended before, by another's doing. */
export async function giveBack(hold: Hold, leases: readonly HeldLease[]): Promise<readonly EndedLease[]> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), RELEASE_MS);
  });
  const releasing = Promise.allSettled(
    leases.map(async (lease) => ({ resource: lease.lease.resource, outcome: await hold.release(lease) })),
  );
  const released = await Promise.race([releasing, tooLong]);
  clearTimeout(timer);
  return (released ?? []).flatMap((one) => {
    // The daemon is away: the end of this process tells it.
    if (one.status === 'rejected' || one.value.outcome.outcome !== 'ended') return [];
    const { end } = one.value.outcome;
    return end === LeaseEnd.RELEASED ? [] : [{ resource: one.value.resource, end: endJson(end) }];
  });
}
