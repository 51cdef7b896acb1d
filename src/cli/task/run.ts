import {
  type Client,
  durationFromMillis,
  type TaskRun,
  TaskRunStatus,
  type TriggerTaskResponse,
  TriggerUntakenCause,
} from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { parseDuration } from '../duration.js';
import { ExitCode } from '../exit_codes.js';
import { enumWord } from '../json_values.js';
import { printJson, printLine, warn } from '../output.js';
import { printable } from '../style.js';
import { exitCodeOfRun } from './task_exit_rules.js';
import { runJson } from './task_json.js';
import { describeRunWhy } from './task_table.js';
import { describeRun } from './task_text.js';

interface RunOptions {
  readonly reason?: string;
  readonly wait?: boolean;
  readonly timeout?: number;
  readonly json?: boolean;
}

const DETAILS = `
The orchestrator that has the task is asked to run it now. Exit codes: 0 it runs,
75 it was skipped (the output says who is in the way), 69 no orchestrator took it.
With --wait it ends as the run did: 0 completed, the command's own code, 128 + n
for a signal, 124 timed out, 76 nobody saw how it ended, 75 skipped, or --timeout
ran out and the run goes on; 1 all else that went wrong.

Examples:
  tenure task run kb-sync
  tenure task run kb-sync --wait --timeout 30m && ./publish.sh`;

export function runCommand(): Command {
  return new Command('run')
    .summary('run a task now')
    .description('Ask the orchestrator of a task to run it now.')
    .argument('<task>', 'the task')
    .option('--reason <text>', 'why, for the record')
    .option('--wait', 'follow the run to its end')
    .option('--timeout <duration>', 'of --wait: give up after so long (default: never)', parseDuration)
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (task: string, options: RunOptions) => {
      process.exitCode = await withClient((client) => trigger(client, task, options));
    });
}

async function trigger(client: Client, task: string, options: RunOptions): Promise<number> {
  const json = options.json === true;
  const answer = await client.tasks.triggerTask({ task, reason: options.reason });
  const { outcome } = answer;
  if (outcome?.$case !== 'run') {
    const cause = outcome?.value.cause ?? TriggerUntakenCause.UNSPECIFIED;
    await tellUntaken(task, answer, cause, json);
    return ExitCode.UNREACHABLE;
  }
  const first = outcome.value;
  const ended = options.wait === true ? await follow(client, first, options) : first;
  if (json) await printJson({ outcome: 'run', triggerId: answer.triggerId, run: runJson(ended) });
  else await printLine(describe(ended));
  if (options.wait === true) return exitCodeOfRun(ended);
  return ended.status === TaskRunStatus.SKIPPED ? ExitCode.HELD : ExitCode.OK;
}

async function follow(client: Client, first: TaskRun, { timeout, json }: RunOptions): Promise<TaskRun> {
  const isOpen = first.status === TaskRunStatus.WAITING || first.status === TaskRunStatus.RUNNING;
  if (!isOpen) return first;
  if (json !== true) warn(`tenure: ${describe(first, process.stderr)}`);
  const wait = timeout === undefined ? {} : { timeout: durationFromMillis(timeout) };
  const { run } = await client.tasks.waitTaskRun({ runId: first.runId, ...wait });
  return run ?? first;
}

/** `kb-sync: failed: exit code 7 (rclone exited) · r0a1b2c3`. */
function describe(run: TaskRun, stream: NodeJS.WriteStream = process.stdout): string {
  const why = describeRunWhy(run);
  return `${printable(run.task)}: ${describeRun(run, stream)}${why === '' ? '' : ` (${why})`} · ${run.runId}`;
}

async function tellUntaken(
  task: string,
  { triggerId }: TriggerTaskResponse,
  cause: TriggerUntakenCause,
  json: boolean,
): Promise<void> {
  if (json) await printJson({ outcome: 'untaken', triggerId, cause: enumWord(TriggerUntakenCause, cause) });
  else warn(`tenure: ${printable(task)} does not run: ${causeText(cause)}`);
}

function causeText(cause: TriggerUntakenCause): string {
  switch (cause) {
    case TriggerUntakenCause.NO_ORCHESTRATOR:
      return 'no orchestrator that has this task is running';
    case TriggerUntakenCause.ORCHESTRATOR_GONE:
      return 'its orchestrator ended before it could begin';
    case TriggerUntakenCause.TIMEOUT:
      return "its orchestrator did not answer in time; 'tenure task show' tells whether it begins later";
    default:
      return 'nobody took it';
  }
}
