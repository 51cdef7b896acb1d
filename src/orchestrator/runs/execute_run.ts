import { pause } from '../clock.js';
import { afterHook, endedByUs, isWorthRetrying } from './end_rules.js';
import { callFunction, runHeavyFunction, runLightFunction } from './function_work.js';
import { runHeavyCommand } from './heavy_command.js';
import { runLightCommand } from './light_command.js';
import { retryDelay } from './retry_rules.js';
import { failed, messageOf, type RunEnd, skipped } from './run_end.js';
import type { RunParts } from './run_parts.js';
import type { TaskRun } from './task_run.js';
import { WorkControl } from './work_control.js';

/**
 * Runs a task to its end, retries and hook included, and tells of it. Never
 * throws: whatever befalls a run is an end of it.
 *
 * @param signal ends the run, for the orchestrator stops.
 */
export async function executeRun(parts: RunParts, run: TaskRun, signal: AbortSignal): Promise<RunEnd> {
  const end = await runWithRetries(parts, run, signal);
  run.ended(end);
  return end;
}

async function runWithRetries(parts: RunParts, run: TaskRun, signal: AbortSignal): Promise<RunEnd> {
  if (signal.aborted) return skipped('shutdown', 'schedule');
  for (;;) {
    const end = await withControl(signal, async (control) => await attempt(parts, run, control));
    if (end.status === 'completed' || end.status === 'degraded') return await succeed(parts, run, end, signal);
    const delayMs = isWorthRetrying(end) ? retryDelay(run.spec.retries, run.attempt) : undefined;
    if (delayMs === undefined || signal.aborted) return end;
    run.retrying(end, delayMs);
    await pause(parts.clock, delayMs, signal);
    if (signal.aborted) return endedByUs('shutdown');
    run.attempt += 1;
  }
}

/** One attempt at the work, under the lease of a heavy task. */
export async function attempt(parts: RunParts, run: TaskRun, control: WorkControl): Promise<RunEnd> {
  const { work, lease } = run.spec;
  if (lease === undefined) {
    if (work.kind === 'function') return await runLightFunction(parts, run, work.run, control);
    const onStart = (pid: number) => {
      control.startTime(parts.clock, run.spec.timeoutMs);
      run.running({ pid });
    };
    // A service that nobody knew of would be started twice.
    const isGated = run.spec.service !== undefined;
    return await runLightCommand(parts, run, { ...work, onStart, isGated }, control);
  }
  parts.heavyRuns.set(run.runId, { task: run.spec.name, resources: lease.resources });
  try {
    return work.kind === 'function'
      ? await runHeavyFunction(parts, run, work.run, lease, control)
      : await runHeavyCommand(parts, run, work, lease, control);
  } finally {
    parts.heavyRuns.delete(run.runId);
  }
}

/** The hook follows the work under no lease: a message that is slow to send keeps nobody waiting. */
async function succeed(parts: RunParts, run: TaskRun, done: RunEnd, signal: AbortSignal): Promise<RunEnd> {
  const { onSuccess, work } = run.spec;
  if (onSuccess === undefined) return done;
  parts.handingOn.told(run.runId);
  const hook = await withControl(signal, async (control) => {
    if (typeof onSuccess === 'function') return await callFunction(parts, run, onSuccess, control, undefined);
    control.startTime(parts.clock, run.spec.timeoutMs);
    const cwd = work.kind === 'command' ? work.cwd : undefined;
    return await runLightCommand(parts, run, { commandLine: onSuccess, cwd }, control);
  });
  return afterHook(done, hook);
}

export async function withControl(
  signal: AbortSignal,
  work: (control: WorkControl) => Promise<RunEnd>,
): Promise<RunEnd> {
  const control = new WorkControl(signal);
  try {
    return await work(control);
  } catch (error) {
    return failed('exception', 'in-process', messageOf(error));
  } finally {
    await control.close();
  }
}
