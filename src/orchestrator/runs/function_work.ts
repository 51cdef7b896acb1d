import { isTenureError, type LeaseScope, type WithLeaseResult } from '@tenure/client';
import { pause } from '../clock.js';
import type { TaskFunction } from '../config/task_options.js';
import type { LeasePart } from '../config/task_spec.js';
import { environmentOf, lightEnvironment } from './child_environment.js';
import { deferralOf } from './deferral_rules.js';
import { endedByUs } from './end_rules.js';
import { endOfAcquireError, siblingUnder, wishOf } from './heavy_lease.js';
import { failed, messageOf, type RunEnd, skipped } from './run_end.js';
import type { RunParts } from './run_parts.js';
import type { TaskRun } from './task_run.js';
import type { WorkControl } from './work_control.js';
import { describeRequest } from './yielding.js';

/** Runs a function in this process, under no lease. */
export async function runLightFunction(
  parts: RunParts,
  run: TaskRun,
  work: TaskFunction,
  control: WorkControl,
): Promise<RunEnd> {
  run.running({});
  return await callFunction(parts, run, work, control, undefined);
}

/** Runs a function under its lease, which is given back in every end: also where the function never returns. */
export async function runHeavyFunction(
  parts: RunParts,
  run: TaskRun,
  work: TaskFunction,
  lease: LeasePart,
  control: WorkControl,
): Promise<RunEnd> {
  let hasBegun = false;
  let result: WithLeaseResult<RunEnd>;
  try {
    const client = await parts.link.client();
    const wish = wishOf(run, lease, control, { liveness: 'hold' });
    result = await client.withLease(wish, async (scope) => {
      const sibling = siblingUnder(scope.leases, parts.heavyRuns, run.runId);
      if (sibling !== undefined) return sibling;
      await parts.handingOn.turn(lease.resources, AbortSignal.any([control.signal, scope.signal]));
      if (control.signal.aborted) return skipped('shutdown', 'lease');
      if (scope.signal.aborted) return failed('lease-lost', 'lease', `${lostLease(lease)} before it began`);
      hasBegun = true;
      run.running({ leaseIds: scope.leases.map((one) => one.lease.leaseId) });
      return await callFunction(parts, run, work, control, scope).finally(() => run.leaves());
    });
  } catch (error) {
    // All that the function throws has been turned into an end: this is the acquire's.
    if (hasBegun || !isTenureError(error)) throw error;
    return endOfAcquireError(error, control);
  }
  if (result.status === 'held') return deferralOf(result.blockers, parts.heavyRuns, process.pid);
  const end = result.value;
  const isLost = result.status === 'completed' && result.end === 'lost';
  if (!hasBegun || !isLost || control.endedFor !== undefined) return end;
  const lost = `${lostLease(lease)} before it was through`;
  return end.status === 'completed'
    ? { ...end, status: 'degraded', reasonCode: 'lease-lost', error: lost }
    : failed('lease-lost', 'in-process', `${lost}: ${end.error}`);
}

function lostLease({ resources }: LeasePart): string {
  return `the lease on ${resources.join(', ')} was lost`;
}

/** Calls the function; what it throws is an end, too. */
export async function callFunction(
  parts: RunParts,
  run: TaskRun,
  work: TaskFunction,
  control: WorkControl,
  lease: LeaseScope | undefined,
): Promise<RunEnd> {
  const { spec, runId, attempt } = run;
  control.startTime(parts.clock, spec.timeoutMs);
  lease?.onYieldRequested((request) => {
    const why = describeRequest(request);
    control.askToYield(why);
    parts.tell({ kind: 'yield-asked', task: spec.name, runId, why });
  });
  const signal = lease === undefined ? control.signal : AbortSignal.any([control.signal, lease.signal]);
  const working = (async (): Promise<RunEnd> => {
    await work({
      task: spec.name,
      runId,
      attempt,
      signal,
      yieldSignal: control.yieldSignal,
      lease,
      childEnvironment: (base = process.env) =>
        lease === undefined ? lightEnvironment(run, base) : environmentOf(run, lease.childEnvironment(base)),
    });
    return { status: 'completed', reasonCode: '', phase: 'in-process' };
  })().catch((error: unknown) => failed('exception', 'in-process', messageOf(error)));
  const patience = new AbortController();
  try {
    const end = await Promise.race([working, givenUp(parts, signal, spec.killAfterMs, patience.signal)]);
    return control.endedFor === undefined ? end : endedByUs(control.endedFor);
  } finally {
    patience.abort();
  }
}

/**
 * Resolves when the work was told to end and has had its grace: nothing can
 * end a function that does not listen. Nothing is left of it once `over` fires.
 */
async function givenUp(
  { clock, killed }: RunParts,
  told: AbortSignal,
  graceMs: number,
  over: AbortSignal,
): Promise<RunEnd> {
  await new Promise<void>((resolve) => {
    if (told.aborted) resolve();
    else told.addEventListener('abort', () => resolve(), { once: true });
  });
  await pause(clock, graceMs, AbortSignal.any([over, killed]));
  return failed('timeout', 'watchdog-timeout', 'does not end');
}
