import { type Task, TaskKind, type TaskRun, TaskTriggerKind } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { enumWord, timestampJson } from '../json_values.js';
import { printJson, printLine } from '../output.js';
import { printable, style } from '../style.js';
import { table } from '../table.js';
import { runJson, taskJson } from './task_json.js';
import { describeRuns, describeRunWhy } from './task_table.js';
import { describeBlocker, describeLength, describeRun, describeTaskState, describeTime } from './task_text.js';

const RUNS_SHOWN = 10;

const DETAILS = `
With --run the argument is the id of one run.

Examples:
  tenure task show kb-sync
  tenure task show --run r0a1b2c3d4e5f60718`;

interface ShowOptions {
  readonly run?: boolean;
  readonly json?: boolean;
}

export function showCommand(): Command {
  return new Command('show')
    .summary('show a task, or one run')
    .description('Show all that is known of a task and its newest runs, or of one run.')
    .argument('<name>', 'the task')
    .option('--run', 'the argument is a run')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (name: string, options: ShowOptions) => {
      if (options.run === true) await showRun(name, options.json === true);
      else await showTask(name, options.json === true);
    });
}

async function showTask(name: string, json: boolean): Promise<void> {
  const { task, runs } = await withClient(async (client) => {
    const answer = await client.tasks.getTask({ task: name });
    const page = await client.tasks.listTaskRuns({ filter: { tasks: [name] }, pageSize: RUNS_SHOWN });
    return { task: answer.task, runs: page.runs };
  });
  if (task === undefined) throw new Error(`the daemon answered no task ${name}`);
  if (json) await printJson({ task: taskJson(task), runs: runs.map(runJson) });
  else await printLine(describeTask(task, runs, Date.now()));
}

async function showRun(runId: string, json: boolean): Promise<void> {
  const { run, children } = await withClient(async (client) => {
    const answer = await client.tasks.getTaskRun({ runId });
    const page = await client.tasks.listTaskRuns({ filter: { parentRunId: runId } });
    return { run: answer.run, children: page.runs };
  });
  if (run === undefined) throw new Error(`the daemon answered no run ${runId}`);
  if (json) await printJson({ run: runJson(run), children: children.map(runJson) });
  else await printLine(describeOneRun(run, children, Date.now()));
}

function describeTask(task: Task, runs: readonly TaskRun[], nowMs: number): string {
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

function describeOneRun(run: TaskRun, children: readonly TaskRun[], nowMs: number): string {
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
    ['took', describeLength(run, nowMs)],
    ['process', process === undefined ? '' : `pid ${process.pid}`],
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
