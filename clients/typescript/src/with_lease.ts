import type { WithLeaseResult } from './client.js';
import { isTenureError } from './errors.js';
import type { AcquireResult } from './gen/tenure/lease/v1/lease_service.js';
import type { HeldLease, LeaseScope } from './held_lease.js';
import type { Hold } from './hold.js';
import { runInScope } from './inheritance.js';
import type { LeaseOptions } from './lease_options.js';
import { Scope } from './lease_scope.js';
import type { Tracing } from './tracing.js';
import { within } from './within.js';

/** A task's value is not kept from its caller for longer than this while the daemon is away, in milliseconds. */
const RELEASE_PATIENCE_MS = 5_000;

/** Runs a task under leases of the hold; see `Client.withLease`. */
export async function withLease<T>(
  hold: Hold,
  options: LeaseOptions,
  task: (lease: LeaseScope) => Promise<T> | T,
  tracing: Tracing,
): Promise<WithLeaseResult<T>> {
  const acquired = await hold.acquire(options);
  if (acquired.outcome === 'held') {
    return heldResult(acquired.results);
  }
  const { leases } = acquired;
  const [first] = leases;
  if (first === undefined) {
    throw new TypeError('an acquire that names no resource grants none');
  }
  const scope = new Scope(hold, leases, first, tracing);
  const tokens = leases.map(({ inheritToken }) => inheritToken);
  let value: T;
  try {
    value = await runInScope(tokens, async () => await task(scope));
  } catch (error) {
    await endLeases(hold, scope);
    throw error;
  }
  const end = await endLeases(hold, scope);
  return leases.every(({ outcome }) => outcome === 'inherited')
    ? { status: 'inherited', value }
    : { status: 'completed', value, end };
}

async function endLeases(hold: Hold, scope: Scope): Promise<'released' | 'lost' | 'pending'> {
  const wasLost = scope.state === 'lost';
  scope.end();
  const released = await releasedInTime(hold, scope.leases);
  return wasLost ? 'lost' : released;
}

async function releasedInTime(hold: Hold, leases: readonly HeldLease[]): Promise<'released' | 'lost' | 'pending'> {
  return (await within(RELEASE_PATIENCE_MS, releaseAll(hold, leases))) ?? 'pending';
}

async function releaseAll(hold: Hold, leases: readonly HeldLease[]): Promise<'released' | 'lost' | 'pending'> {
  const ends = await Promise.all(leases.map((lease) => releaseOne(hold, lease)));
  return ends.find((end) => end !== 'released') ?? 'released';
}

async function releaseOne(hold: Hold, lease: HeldLease): Promise<'released' | 'lost' | 'pending'> {
  try {
    const { outcome } = await hold.release(lease);
    return outcome === 'ended' ? 'lost' : 'released';
  } catch (error) {
    if (isTenureError(error)) {
      // The task's own outcome matters more, and the lease is no longer renewed: `pending` says all of it.
      return 'pending';
    }
    throw error;
  }
}

function heldResult(results: readonly AcquireResult[]): WithLeaseResult<never> {
  const held = results.flatMap(({ outcome }) => (outcome?.$case === 'held' ? [outcome.value] : []));
  const ancestorLeaseId = held.map((one) => one.ancestorLeaseId).find((id) => id !== '');
  return {
    status: 'held',
    blockers: held.flatMap(({ blockers }) => blockers),
    queueLength: Math.max(0, ...held.map(({ queueLength }) => queueLength)),
    ...(ancestorLeaseId === undefined ? {} : { ancestorLeaseId }),
  };
}
