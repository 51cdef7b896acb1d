import { hasEnded, isSuccess, type TaskRunRecord } from './run_record.js';

/** How much history there may be. */
export interface HistoryLimits {
  readonly perTask: number;
  readonly total: number;
  readonly bytes: number;
  readonly maxAgeMs: number;
}

export interface SizedRun {
  readonly run: TaskRunRecord;
  readonly bytes: number;
}

/**
 * The runs that must go, of all there are in the order in which they were
 * last recorded. Those that have not ended stay; of each task the newest that
 * went well and the newest that failed stay longest, for they say how it is.
 */
export function runsToDrop(runs: readonly SizedRun[], limits: HistoryLimits, nowMs: number): ReadonlySet<string> {
  const dropped = new Set<string>();
  const telling = tellingRuns(runs);
  let left = runs.length;
  let bytes = runs.reduce((sum, one) => sum + one.bytes, 0);
  const perTask = new Map<string, number>();
  for (const { run } of runs) perTask.set(run.task, (perTask.get(run.task) ?? 0) + 1);
  const drop = ({ run, bytes: size }: SizedRun): void => {
    dropped.add(run.runId);
    left -= 1;
    bytes -= size;
    perTask.set(run.task, (perTask.get(run.task) ?? 0) - 1);
  };
  const ended = runs.filter(({ run }) => hasEnded(run));
  for (const one of ended) {
    const { runId, task, endWallMs = 0 } = one.run;
    const tooMany = (perTask.get(task) ?? 0) > limits.perTask || left > limits.total || bytes > limits.bytes;
    if (endWallMs < nowMs - limits.maxAgeMs || (tooMany && !telling.has(runId))) drop(one);
  }
  // Where even those are too many.
  for (const one of ended) {
    if (!dropped.has(one.run.runId) && (left > limits.total || bytes > limits.bytes)) drop(one);
  }
  return dropped;
}

function tellingRuns(runs: readonly SizedRun[]): ReadonlySet<string> {
  const newest = new Map<string, string>();
  for (const { run } of runs) {
    if (isSuccess(run)) newest.set(`success ${run.task}`, run.runId);
    else if (run.status === 'failed') newest.set(`failure ${run.task}`, run.runId);
  }
  return new Set(newest.values());
}
