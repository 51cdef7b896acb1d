import { type HeldLease, type Hold, isTenureError, LeaseEnd, LeaseLostError, type LeaseOptions } from '@tenure/client';
import { warn } from '../output.js';
import { groupMembers } from './process_group.js';

/**
 * Makes the command keep its leases alive: also without this process, and
 * also those that it runs under by inheritance.
 *
 * @throws LeaseLostError when a lease is gone, TenureError with
 *   `NOT_ATTACHABLE` when the command is.
 */
export async function attachCommand(
  hold: Hold,
  leases: readonly HeldLease[],
  wish: LeaseOptions,
  pid: number,
): Promise<void> {
  const inherited = leases.filter((lease) => lease.outcome === 'inherited');
  await Promise.all([
    ...leases.filter((lease) => lease.outcome === 'granted').map((lease) => hold.attach(lease, pid)),
    ...inherited.map((lease) => joinInherited(hold, lease, wish, pid)),
  ]);
}

/** An ancestor's lease is joined by asking for it once more, in the command's name. */
async function joinInherited(hold: Hold, lease: HeldLease, wish: LeaseOptions, pid: number): Promise<void> {
  const { resource, leaseId } = lease.lease;
  const { mode, clientId, handover } = wish;
  const answer = await hold.acquire({ resource, mode, clientId, handover, liveness: 'process', attachPids: [pid] });
  const joined = answer.outcome === 'acquired' ? answer.leases : [];
  for (const one of joined) await hold.release(one);
  if (joined.some((one) => one.outcome === 'inherited' && one.lease.leaseId === leaseId)) return;
  // The ancestor's lease ended since; what was granted instead has been given back.
  throw new LeaseLostError({ leaseId, resource, end: LeaseEnd.UNSPECIFIED, why: 'no longer to be inherited' });
}

/**
 * What the command left running in its group keeps the resource: it is
 * attached, so that the release leaves the lease draining until it is gone.
 */
export async function attachLeftBehind(hold: Hold, leases: readonly HeldLease[], groupId: number): Promise<void> {
  const own = leases.filter((lease) => lease.outcome === 'granted');
  const attaching = groupMembers(groupId).flatMap((pid) => own.map((lease) => hold.attach(lease, pid)));
  for (const attached of await Promise.allSettled(attaching)) {
    if (attached.status === 'fulfilled') continue;
    // Gone since it was listed; or the lease is, which the release says.
    if (isTenureError(attached.reason, 'NOT_ATTACHABLE') || isTenureError(attached.reason, 'LEASE_ENDED')) continue;
    warn(`tenure: a process that the command left behind is not known to the daemon: ${attached.reason}`);
  }
}
