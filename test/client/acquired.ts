import type { AcquireOutcome, HeldLease, Hold, LeaseOptions } from '@tenure/client';

/** The one lease of an acquire that must succeed. */
export async function acquireOne(hold: Hold, options: LeaseOptions): Promise<HeldLease> {
  const [lease] = leasesOf(await hold.acquire(options));
  if (lease === undefined) {
    throw new Error('nothing was acquired');
  }
  return lease;
}

export function leasesOf(outcome: AcquireOutcome): readonly HeldLease[] {
  if (outcome.outcome === 'held') {
    throw new Error(`held by ${JSON.stringify(outcome.results.map(({ resource }) => resource))}`);
  }
  return outcome.leases;
}
