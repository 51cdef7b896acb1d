import { isTenureError, LeaseLostError } from '../errors.js';
import { LeaseEnd } from '../gen/tenure/lease/v1/lease.js';
import type { HeldLease } from '../held_lease.js';
import type { Hold } from '../hold.js';
import type { LeaseOptions } from '../lease_options.js';
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
 * Answers the errors of those that could not be attached.
 */
export async function attachLeftBehind(
  hold: Hold,
  leases: readonly HeldLease[],
  groupId: number,
): Promise<readonly unknown[]> {
  const own = leases.filter((lease) => lease.outcome === 'granted');
  const attaching = groupMembers(groupId).flatMap((pid) => own.map((lease) => hold.attach(lease, pid)));
  const errors = (await Promise.allSettled(attaching)).flatMap((one) =>
    one.status === 'rejected' ? [one.reason as unknown] : [],
  );
  // Gone since it was listed; or the lease is, which the release says.
  return errors.filter((error) => !isTenureError(error, 'NOT_ATTACHABLE') && !isTenureError(error, 'LEASE_ENDED'));
}
