import { constants } from 'node:os';
import { type Task, type TaskRun, TaskRunStatus, timestampToDate } from '@tenure/client';
import { describeDuration } from '@tenure/client/duration-text';
import { enumWord, type Timestamp } from '../json_values.js';
import { printable, type Style, style } from '../style.js';

const SIGNAL_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name]),
);

/** `3m 2s ago`, `in 5m`. */
export function describeTime(time: Timestamp | undefined, nowMs: number): string {
  if (time === undefined) return '';
  const leftMs = timestampToDate(time).getTime() - nowMs;
  return leftMs > 0 ? `in ${describeDuration(leftMs)}` : `${describeDuration(leftMs)} ago`;
}

/** `completed`, `failed: exit code 7`, `skipped 12 times: lease-held`. */
export function describeRun(run: TaskRun, stream: NodeJS.WriteStream = process.stdout): string {
  const tone = toneOf(run.status);
  const word = enumWord(TaskRunStatus, run.status);
  const times = run.count > 1 ? ` ${run.count} times` : '';
  const attempt = run.attempt > 1 ? ` at attempt ${run.attempt}` : '';
  const why = reasonOf(run);
  const state = `${word}${times}${attempt}`;
  return `${tone === undefined ? state : style(tone, state, stream)}${why === '' ? '' : `: ${why}`}`;
}

/** Why a run is as it is, in few words. */
export function reasonOf({ reasonCode, exitCode, signal }: TaskRun): string {
  if (reasonCode === 'exit-code' && exitCode !== undefined) return `exit code ${exitCode}`;
  if (reasonCode === 'signal' && signal !== 0) return SIGNAL_NAMES.get(signal) ?? `signal ${signal}`;
  return printable(reasonCode);
}

/** Who or what kept a run from running: `nightly held by pid 812 sync.sh: "a release is due"`, `behind backup`. */
export function describeBlocker({ holder, blockingTask, reasonCode, exitCode, error }: TaskRun): string {
  if (holder !== undefined) {
    const pid = holder.pid === 0 ? '' : ` pid ${holder.pid}`;
    const who = holder.description === '' ? '' : ` ${printable(holder.description)}`;
    // That of a task's lease is its description once more.
    const why = holder.reason === '' || holder.reason === holder.description ? '' : `: "${printable(holder.reason)}"`;
    return `${printable(holder.resource)} held${pid + who === '' ? '' : ` by${pid}${who}`}${why}`;
  }
  if (reasonCode === 'overlap') return error === '' ? 'its run before is not over' : printable(error);
  if (blockingTask !== '') return `${reasonCode === 'dependency' ? 'after' : 'behind'} ${printable(blockingTask)}`;
  if (error !== '') return printable(error);
  // A command says no more than that, by its exit code.
  return reasonCode === 'lease-held' && exitCode !== undefined ? 'its command found a lease held' : '';
}

/** How long it worked, or works, without its wait; empty while it has only waited. */
export function describeLength(run: TaskRun, nowMs: number): string {
  if (run.status === TaskRunStatus.WAITING && run.workTime === undefined) return '';
  return describeSpan(run.workTime ?? run.startTime, run.endTime, nowMs);
}

/** How long it waited before its work began; empty where it did not, or nobody said. */
export function describeWait({ startTime, workTime }: TaskRun): string {
  if (startTime === undefined || workTime === undefined) return '';
  const waitedMs = timestampToDate(workTime).getTime() - timestampToDate(startTime).getTime();
  return waitedMs < 1_000 ? '' : describeDuration(waitedMs);
}

function describeSpan(begin: Timestamp | undefined, end: Timestamp | undefined, nowMs: number): string {
  if (begin === undefined) return '';
  const endMs = end === undefined ? nowMs : timestampToDate(end).getTime();
  return describeDuration(Math.max(0, endMs - timestampToDate(begin).getTime()));
}

/** What a task does now: `running 3m`, `waiting 2m`, `starved`, `deferred`, `off`, `idle`. */
export function describeTaskState(task: Task, nowMs: number): string {
  const [run] = task.running;
  if (run !== undefined && run.status === TaskRunStatus.RUNNING) {
    return style('green', `running ${describeLength(run, nowMs)}`);
  }
  if (task.starved) return style('red', 'starved');
  if (run !== undefined) return style('yellow', `waiting ${describeSpan(run.startTime, run.endTime, nowMs)}`);
  if (task.deferredSince !== undefined) return style('yellow', 'deferred');
  if (task.definition?.enabled === false) return style('dim', 'off');
  return 'idle';
}

/** Undefined: no colour of its own. */
export function toneOf(status: TaskRunStatus): Style | undefined {
  switch (status) {
    case TaskRunStatus.RUNNING:
    case TaskRunStatus.COMPLETED:
      return 'green';
    case TaskRunStatus.WAITING:
    case TaskRunStatus.SKIPPED:
    case TaskRunStatus.DEGRADED:
      return 'yellow';
    case TaskRunStatus.FAILED:
      return 'red';
    default:
      return undefined;
  }
}
