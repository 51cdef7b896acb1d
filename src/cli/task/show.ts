import { isTenureError } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { UsageFailure } from '../failure.js';
import { printJson, printLine } from '../output.js';
import { withHint } from '../report.js';
import { describeOneRun, describeTask } from './task_details.js';
import { runJson, taskJson } from './task_json.js';

const RUNS_SHOWN = 10;
/** What runs are named that Tenure names; a task may be named so, too. */
const RUN_ID = /^r[0-9a-f]{18}$/;

const DETAILS = `
With --run the argument is the id of one run. Its task may stand before it.

Examples:
  tenure task show kb-sync
  tenure task show --run r61b554fae869858968`;

interface ShowOptions {
  readonly run?: boolean;
  readonly json?: boolean;
}

export function showCommand(): Command {
  return new Command('show')
    .summary('show a task, or one run')
    .description('Show all that is known of a task and its newest runs, or of one run.')
    .argument('<name>', 'the task')
    .argument('[run-id]', 'with --run, after the task: the run')
    .option('--run', 'the last argument is a run')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (name: string, runId: string | undefined, options: ShowOptions) => {
      const json = options.json === true;
      if (options.run === true) await (runId === undefined ? showRun(name, json) : showRun(runId, json, name));
      else if (runId === undefined) await showTask(name, json);
      else throw new UsageFailure('too many arguments: one task is shown', hintFor(runId));
    });
}

/** Undefined: it has not the form of a run's id. */
function hintFor(word: string): string | undefined {
  return RUN_ID.test(word) ? `for a run: tenure task show --run ${word}` : undefined;
}

/** Who gives a run's id for a task hears how to ask for the run. */
function withRunHint(error: unknown, name: string): unknown {
  const hint = hintFor(name);
  if (hint === undefined || !isTenureError(error, 'TASK_NOT_FOUND')) return error;
  return withHint(error, hint);
}

async function showTask(name: string, json: boolean): Promise<void> {
  const { task, runs } = await withClient(async (client) => {
    const answer = await client.tasks.getTask({ task: name }).catch((error: unknown) => {
      throw withRunHint(error, name);
    });
    const page = await client.tasks.listTaskRuns({ filter: { tasks: [name] }, pageSize: RUNS_SHOWN });
    return { task: answer.task, runs: page.runs };
  });
  if (task === undefined) throw new Error(`the daemon answered no task ${name}`);
  if (json) await printJson({ task: taskJson(task), runs: runs.map(runJson) });
  else await printLine(describeTask(task, runs, Date.now()));
}

/** @param task whose run it must be; undefined: anybody's. */
async function showRun(runId: string, json: boolean, task?: string): Promise<void> {
  const { run, children } = await withClient(async (client) => {
    const answer = await client.tasks.getTaskRun({ runId });
    const page = await client.tasks.listTaskRuns({ filter: { parentRunId: runId } });
    return { run: answer.run, children: page.runs };
  });
  if (run === undefined) throw new Error(`the daemon answered no run ${runId}`);
  if (task !== undefined && run.task !== task) {
    throw new UsageFailure(`run ${runId} is one of ${run.task}, not of ${task}`, hintFor(runId));
  }
  if (json) await printJson({ run: runJson(run), children: children.map(runJson) });
  else await printLine(describeOneRun(run, children, Date.now()));
}
