import { type Task, type TaskRun, TaskRunStatus, timestampToDate } from '@tenure/client';
import { describeDuration } from '@tenure/client/duration-text';
import { printable, style } from '../style.js';
import { table } from '../table.js';
import {
  describeBlocker,
  describeLength,
  describeRun,
  describeTaskState,
  describeTime,
  reasonOf,
} from './task_text.js';

const LONGEST_ERROR = 60;

/** A row a task. */
export function describeTasks(tasks: readonly Task[], nowMs: number): string {
  const header = ['TASK', 'STATE', 'LAST RUN', 'RESULT', 'NEXT', 'WHY'].map((title) => style('bold', title));
  const rows = tasks.map((task) => [
    printable(task.name),
    describeTaskState(task, nowMs),
    describeLast(task, nowMs),
    describeResult(task, nowMs),
    describeNext(task, nowMs),
    describeWhy(task, nowMs),
  ]);
  return table([header, ...rows]);
}

/** A row a run. */
export function describeRuns(runs: readonly TaskRun[], nowMs: number): string {
  const header = ['RUN', 'TASK', 'STARTED', 'TOOK', 'RESULT', 'WHY'].map((title) => style('bold', title));
  const rows = runs.map((run) => [
    run.runId,
    `${run.parentRunId === '' ? '' : '└ '}${printable(run.task)}`,
    describeTime(run.startTime, nowMs),
    run.status === TaskRunStatus.SKIPPED && run.count === 1 ? '' : describeLength(run, nowMs),
    describeRun(run),
    describeRunWhy(run),
  ]);
  return table([header, ...rows]);
}

/** What kept it from running, or went wrong with it. */
export function describeRunWhy(run: TaskRun): string {
  switch (run.status) {
    case TaskRunStatus.SKIPPED:
    case TaskRunStatus.WAITING:
      return cut(run.reasonCode === 'retry' ? run.error : describeBlocker(run));
    default:
      // What the result says already is not said again.
      return run.error === reasonOf(run) ? '' : cut(run.error);
  }
}

/** When it last did its work, well or not. */
function describeLast({ lastSuccessTime, lastFailureTime }: Task, nowMs: number): string {
  const newest = isFailing({ lastSuccessTime, lastFailureTime }) ? lastFailureTime : lastSuccessTime;
  return newest === undefined ? 'never' : describeTime(newest, nowMs);
}

function describeResult(task: Task, nowMs: number): string {
  const { lastRun } = task;
  if (lastRun !== undefined && lastRun.status !== TaskRunStatus.SKIPPED) {
    const took = lastRun.status === TaskRunStatus.FAILED ? '' : ` in ${describeLength(lastRun, nowMs)}`;
    return `${describeRun(lastRun)}${took}`;
  }
  if (task.lastFailureTime === undefined && task.lastSuccessTime === undefined) return '';
  return isFailing(task) ? style('red', 'failed') : style('green', 'completed');
}

function isFailing({ lastSuccessTime, lastFailureTime }: Pick<Task, 'lastSuccessTime' | 'lastFailureTime'>): boolean {
  if (lastFailureTime === undefined) return false;
  return lastSuccessTime === undefined || timestampToDate(lastFailureTime) > timestampToDate(lastSuccessTime);
}

function describeNext({ nextRunTime, orchestrators, definition, lastRun }: Task, nowMs: number): string {
  // One of a script is nobody's to run.
  if (definition === undefined && (lastRun?.orchestratorId ?? '') === '') return '';
  if (definition === undefined || orchestrators.length === 0) return style('yellow', 'no orchestrator');
  if (!definition.enabled) return 'disabled';
  if (nextRunTime !== undefined) return nextOf(timestampToDate(nextRunTime).getTime() - nowMs);
  return printable(definition.schedule);
}

function nextOf(leftMs: number): string {
  return leftMs > 0 ? `in ${describeDuration(leftMs)}` : 'now';
}

/** Who is in its way and for how long, or was so last, or what went wrong last. */
function describeWhy({ running, lastRun, deferredSince }: Task, nowMs: number): string {
  if (running.some(({ status }) => status === TaskRunStatus.RUNNING)) return '';
  if (deferredSince !== undefined) {
    const sinceMs = timestampToDate(deferredSince).getTime();
    const waiting = running.find(({ status }) => status === TaskRunStatus.WAITING);
    if (waiting !== undefined) return `${blockerOf(waiting)}, for ${describeDuration(nowMs - sinceMs)}`;
    if (lastRun?.status === TaskRunStatus.SKIPPED) return describeSkip(lastRun, sinceMs, nowMs);
  }
  return lastRun === undefined ? '' : describeRunWhy(lastRun);
}

/** Who was in its way need not be there any more. */
function describeSkip(run: TaskRun, sinceMs: number, nowMs: number): string {
  const lastMs = run.endTime === undefined ? sinceMs : timestampToDate(run.endTime).getTime();
  const since = lastMs - sinceMs < 1_000 ? '' : `; deferred for ${describeDuration(nowMs - sinceMs)}`;
  return `${blockerOf(run)}, ${describeDuration(nowMs - lastMs)} ago${since}`;
}

function blockerOf(run: TaskRun): string {
  return describeBlocker(run) || reasonOf(run);
}

function cut(text: string): string {
  const shown = printable(text);
  return shown.length <= LONGEST_ERROR ? shown : `${shown.slice(0, LONGEST_ERROR - 1)}…`;
}
