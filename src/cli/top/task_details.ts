import { type Task, TaskKind, type TaskRun, TaskRunStatus, timestampToDate } from '@tenure/client';
import { describeDuration } from '@tenure/client/duration-text';
import { enumWord, type Timestamp } from '../json_values.js';
import { printable } from '../style.js';
import { table } from '../table.js';

/** All that is known of a task, a line a field. */
export function describeTask(task: Task, wallMs: number): string {
  const { definition, lastRun } = task;
  const ago = (time: Timestamp | undefined): string =>
    time === undefined ? '' : `${describeDuration(wallMs - timestampToDate(time).getTime())} ago`;
  const rows: [string, string][] = [
    ['task', printable(task.name)],
    ['what', printable(definition?.description ?? '')],
    ['kind', definition === undefined ? '' : enumWord(TaskKind, definition.kind)],
    ['schedule', printable(definition?.schedule ?? '')],
    ['leases', (definition?.resources ?? []).map(printable).join(' ')],
    ...task.running.map((run): [string, string] => ['now', describeRun(run, ago(run.startTime))]),
    ['last run', lastRun === undefined ? '' : describeRun(lastRun, ago(lastRun.endTime))],
    ['last success', ago(task.lastSuccessTime)],
    ['last failure', ago(task.lastFailureTime)],
    ['deferred since', ago(task.deferredSince)],
    ...task.orchestrators.map(({ orchestratorId, description }): [string, string] => [
      'run by',
      `${printable(orchestratorId)} ${printable(description)}`,
    ]),
  ];
  return table(rows.filter(([, value]) => value !== ''));
}

function describeRun({ runId, status, reasonCode, error, holder }: TaskRun, when: string): string {
  const by = holder === undefined || holder.description === '' ? '' : `held by ${printable(holder.description)}`;
  return [printable(runId), enumWord(TaskRunStatus, status), printable(reasonCode), when, by, printable(error)]
    .filter((part) => part !== '')
    .join('  ');
}
