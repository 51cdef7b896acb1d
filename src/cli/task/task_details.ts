import { type Task, TaskKind, type TaskRun, TaskTriggerKind } from '@tenure/client';
import { enumWord, timestampJson } from '../json_values.js';
import { printable, style } from '../style.js';
import { table } from '../table.js';
import { describeRuns, describeRunWhy } from './task_table.js';
import {
  describeBlocker,
  describeLength,
  describeRun,
  describeTaskState,
  describeTime,
  describeWait,
} from './task_text.js';

/** All that is known of a task, and its newest runs. */
export function describeTask(task: Task, runs: readonly TaskRun[], nowMs: number): string {
  const { definition, nextRunTime, deferredSince, lastRun } = task;
  const rows: [string, string][] = [
    ['task', style('bold', printable(task.name))],
    ['', printable(definition?.description ?? '')],
    ['state', describeTaskState(task, nowMs)],
    ['kind', definition === undefined ? '' : enumWord(TaskKind, definition.kind)],
    ['schedule', printable(definition?.schedule ?? '')],
    ['leases', printable(definition?.resources.join(', ') ?? '')],
    [
      'next run',
      nextRunTime === undefined ? '' : `${describeTime(nextRunTime, nowMs)} (${timestampJson(nextRunTime)})`,
    ],
    ['last success', describeTime(task.lastSuccessTime, nowMs)],
    ['last failure', describeTime(task.lastFailureTime, nowMs)],
    ['deferred', describeDeferral(deferredSince, task.running[0] ?? lastRun, nowMs)],
    ['output', printable(runs.find(({ outputPath }) => outputPath !== '')?.outputPath ?? '')],
  ];
  if (definition !== undefined && task.orchestrators.length === 0) rows.push(['orchestrator', 'none is connected']);
  for (const { orchestratorId, process, description } of task.orchestrators) {
    const words = [process === undefined ? '' : `pid ${process.pid}`, printable(description || orchestratorId)];
    rows.push(['orchestrator', words.filter((word) => word !== '').join(' ')]);
  }
  const shown = table(rows.filter(([, value]) => value !== ''));
  return runs.length === 0 ? shown : `${shown}\n\n${describeRuns(runs, nowMs)}`;
}

function describeDeferral(since: Task['deferredSince'], run: TaskRun | undefined, nowMs: number): string {
  if (since === undefined) return '';
  return [`since ${describeTime(since, nowMs)}`, run === undefined ? '' : describeBlocker(run)]
    .filter((word) => word !== '')
    .join(': ');
}

/** All that is known of a run, and of those inside it. */
export function describeOneRun(run: TaskRun, children: readonly TaskRun[], nowMs: number): string {
  const { trigger, process, startTime } = run;
  const rows: [string, string][] = [
    ['run', style('bold', run.runId)],
    ['task', printable(run.task)],
    ['in', run.parentRunId],
    ['status', describeRun(run)],
    ['why', describeRunWhy(run)],
    ['phase', printable(run.phase)],
    ['error', printable(run.error)],
    ['started', startTime === undefined ? '' : `${describeTime(startTime, nowMs)} (${timestampJson(startTime)})`],
    ['waited', describeWait(run)],
    ['took', describeLength(run, nowMs)],
    ['process', process === undefined ? '' : `pid ${process.pid}`],
    ['output', printable(run.outputPath)],
    ['leases', [...run.resources.map(printable), ...run.leaseIds].join(', ')],
    ['triggered', trigger === undefined ? '' : describeTrigger(trigger)],
    ['orchestrator', printable(run.orchestratorId)],
  ];
  const shown = table(rows.filter(([, value]) => value !== ''));
  return children.length === 0 ? shown : `${shown}\n\n${describeRuns(children, nowMs)}`;
}

function describeTrigger({ kind, triggerId, afterTask }: NonNullable<TaskRun['trigger']>): string {
  if (kind === TaskTriggerKind.UNSPECIFIED) return '';
  return [enumWord(TaskTriggerKind, kind), triggerId, printable(afterTask)].filter((word) => word !== '').join(' ');
}
