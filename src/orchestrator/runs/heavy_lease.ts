import {
  type AcquireOutcome,
  type Client,
  type HeldLease,
  isTenureError,
  type LeaseOptions,
  TASK_LABEL,
  TASK_RUN_LABEL,
} from '@tenure/client';
import type { LeasePart } from '../config/task_spec.js';
import { deferralOf, holderOf, type OwnRun } from './deferral_rules.js';
import { failed, messageOf, type RunEnd, skipped } from './run_end.js';
import type { RunParts } from './run_parts.js';
import type { TaskRun } from './task_run.js';
import type { WorkControl } from './work_control.js';

/** A run that waits `forever` waits so long for a daemon that is away, in milliseconds: as others do beyond their wait. */
const MOST_AWAY_MS = 5_000;

/** What a heavy run asks for. */
export function wishOf(
  run: TaskRun,
  lease: LeasePart,
  control: WorkControl,
  how: Pick<LeaseOptions, 'liveness' | 'handover'>,
): LeaseOptions {
  return {
    ...how,
    resource: lease.resources,
    reason: `task ${run.spec.name}`,
    // So that who is blocked can say by what.
    metadata: { [TASK_LABEL]: run.spec.name, [TASK_RUN_LABEL]: run.runId },
    priority: lease.priority,
    wait: lease.wait,
    mostAwayMs: MOST_AWAY_MS,
    signal: control.signal,
    onQueue: tellWait(run),
  };
}

export type Acquired =
  | { readonly client: Client; readonly leases: readonly HeldLease[] }
  /** It does not run. */
  | { readonly end: RunEnd };

/** Takes a heavy run's lease, or says why it is not to be had. */
export async function acquireFor(
  parts: RunParts,
  run: TaskRun,
  wish: LeaseOptions,
  control: WorkControl,
): Promise<Acquired> {
  let client: Client;
  let acquired: AcquireOutcome;
  try {
    client = await parts.link.client();
    acquired = await client.hold().acquire(wish);
  } catch (error) {
    return { end: endOfAcquireError(error, control) };
  }
  if (acquired.outcome === 'held') {
    const held = acquired.results.flatMap(({ outcome }) => (outcome?.$case === 'held' ? [outcome.value] : []));
    const blockers = held.flatMap((one) => one.blockers);
    return { end: deferralOf(blockers, parts.heavyRuns, process.pid) };
  }
  const sibling = siblingUnder(acquired.leases, parts.heavyRuns, run.runId);
  if (sibling === undefined) {
    await parts.handingOn.turn(run.spec.lease?.resources ?? [], control.signal);
    if (!control.signal.aborted) return { client, leases: acquired.leases };
  }
  for (const lease of acquired.leases) await client.hold().release(lease);
  return { end: sibling ?? skipped('shutdown', 'lease') };
}

/**
 * An orchestrator that was itself started under the lease would let all of its
 * heavy runs in at once, for they inherit it: here they exclude each other.
 */
export function siblingUnder(
  leases: readonly HeldLease[],
  heavyRuns: ReadonlyMap<string, OwnRun>,
  runId: string,
): RunEnd | undefined {
  const inherited = leases.filter(({ outcome }) => outcome === 'inherited').map(({ lease }) => lease.resource);
  for (const [blockingRunId, { task, resources }] of heavyRuns) {
    // The runs are in the order of their beginning: those before this one go first.
    if (blockingRunId === runId) return undefined;
    if (resources.some((resource) => inherited.includes(resource))) {
      return skipped('backpressure', 'schedule', { blockingTask: task, blockingRunId });
    }
  }
  return undefined;
}

/** What it means that the daemon did not answer an acquire with a lease or a blocker. */
export function endOfAcquireError(error: unknown, control: WorkControl): RunEnd {
  if (control.signal.aborted) return skipped('shutdown', 'lease');
  // The resource is held, and the wait for it could never end.
  if (isTenureError(error, 'DEADLOCK')) return skipped('lease-held', 'lease', { error: messageOf(error) });
  return failed('lease-acquire-error', 'lease', messageOf(error));
}

/** Tells of the wait when it begins, and whenever somebody else comes to be in the way. */
function tellWait(run: TaskRun): NonNullable<LeaseOptions['onQueue']> {
  let told: string | undefined;
  return ({ held }) => {
    const [first] = held?.blockers ?? [];
    const holder = first === undefined ? undefined : holderOf(first);
    const about = `${holder?.leaseId} ${holder?.pid} ${holder?.description}`;
    if (about === told) return;
    told = about;
    run.waiting(holder);
  };
}
