import type { Client } from '../client.js';
import { endTold, isTenureError } from '../errors.js';
import { type LeaseEnd, LeaseState } from '../gen/tenure/lease/v1/lease.js';
import type { HeldLease } from '../held_lease.js';
import { within } from '../within.js';
import { isProtected } from './lease_losses.js';

/**
 * Longest time to wait for the daemon's word on a release, in milliseconds.
 * Past it, the end of this process ends the lease as well.
 */
const RELEASE_MS = 2_000;

export interface EndedLease {
  readonly resource: string;
  readonly end: LeaseEnd;
}

/** Gives the leases back; answers those that had ended before, by another's doing. */
export async function giveBack(client: Client, leases: readonly HeldLease[]): Promise<readonly EndedLease[]> {
  const asking = Promise.allSettled(
    leases.map(async (lease) => ({
      resource: lease.lease.resource,
      end: lease.outcome === 'granted' ? await release(client, lease) : await leave(client, lease),
    })),
  );
  const asked = await within(RELEASE_MS, asking);
  return (asked ?? []).flatMap((one) => {
    // The daemon is away: the end of this process tells it.
    if (one.status === 'rejected') return [];
    const { resource, end } = one.value;
    return end === undefined || isProtected(end) ? [] : [{ resource, end }];
  });
}

/** How the lease had ended; undefined where it was released now. */
async function release(client: Client, lease: HeldLease): Promise<LeaseEnd | undefined> {
  const outcome = await client.hold().release(lease);
  return outcome.outcome === 'ended' ? outcome.end : undefined;
}

/** How an ancestor's lease has ended; undefined where it is in force, and stays so. */
async function leave(client: Client, lease: HeldLease): Promise<LeaseEnd | undefined> {
  await client.hold().release(lease);
  try {
    const found = await client.leases.getLease({ leaseId: lease.lease.leaseId });
    return found.lease?.state === LeaseState.ACTIVE ? undefined : found.lease?.end;
  } catch (error) {
    // It has gone with the last process that kept it draining: that end was told when it began.
    if (isTenureError(error, 'LEASE_NOT_FOUND')) return endTold(lease.signal);
    throw error;
  }
}
