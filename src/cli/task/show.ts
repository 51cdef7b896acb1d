import { Command } from 'commander';
import { withClient } from '../connection.js';
import { printJson, printLine } from '../output.js';
import { describeOneRun, describeTask } from './task_details.js';
import { runJson, taskJson } from './task_json.js';

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
