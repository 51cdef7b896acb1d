import { isTenureError } from '../errors.js';
import type { HeldLease } from '../held_lease.js';
import type { Hold } from '../hold.js';
import { groupMembers } from './process_group.js';

/**
 * Makes the command keep its leases alive: also without this process, and
 * also those that it runs under by inheritance.
 *
 * @throws LeaseLostError when a lease is gone, TenureError with
 *   `NOT_ATTACHABLE` when the command is.
 */
export async function attachCommand(hold: Hold, leases: readonly HeldLease[], pid: number): Promise<void> {
  await Promise.all(leases.map((lease) => hold.attach(lease, pid)));
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
