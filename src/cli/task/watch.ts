import { isTenureError, type TaskEvent, TaskEventType } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { enumWord } from '../json_values.js';
import { parseRevision } from '../lease/lease_arguments.js';
import { printJson, printLine, warn } from '../output.js';
import { printable, style } from '../style.js';
import { taskEventJson } from './task_json.js';
import { describeRunWhy } from './task_table.js';
import { describeRun, describeTaskState } from './task_text.js';

interface WatchOptions {
  readonly after?: bigint;
  readonly json?: boolean;
}

const DETAILS = `
First the tasks as they are, then "synced", then what becomes of them and their
runs, in order. With --json a line an event:
{"type":"run-changed","revision":"17","task":{...},"run":{...}}. --after resumes
where an earlier watch ended; after a restart of the daemon the tasks as they are
come first again.

Examples:
  tenure task watch
  tenure task watch kb-sync --json | jq -c 'select(.run.status == "failed")'`;

export function watchCommand(): Command {
  return new Command('watch')
    .summary('show tasks as they change')
    .description('Show tasks as they are, and then as they and their runs change.')
    .argument('[task...]', 'only these')
    .option('--after <revision>', 'only what came after this revision', parseRevision)
    .option('--json', 'print a JSON line an event')
    .addHelpText('after', DETAILS)
    .action(async (tasks: string[], options: WatchOptions) => {
      const watchOptions = {
        tasks,
        afterRevision: options.after,
        onBreak: (error: Error) => warn(`tenure: ${describeBreak(error)}`),
      };
      await withClient(async (client) => {
        for await (const event of client.watchTasks(watchOptions)) {
          if (options.json === true) await printJson(taskEventJson(event));
          else await printLine(describeEvent(event));
        }
      });
    });
}

/** Why the events stop for a while, or begin anew. */
function describeBreak(error: Error): string {
  if (isTenureError(error, 'COMPACTED') || isTenureError(error, 'FUTURE_REVISION')) {
    return 'the history does not reach back so far; starting from a snapshot';
  }
  if (isTenureError(error, 'SLOW_WATCHER')) return 'the watch was read too slowly; it goes on where it stopped';
  return 'the daemon is away; the watch goes on when it is back';
}

/** `12:04:05  kb-sync  failed: exit code 7  r0a1b2c3`. */
function describeEvent({ type, task, run, revision }: TaskEvent): string {
  const time = new Date().toTimeString().slice(0, 'hh:mm:ss'.length);
  const word = enumWord(TaskEventType, type);
  if (task === undefined) return style('dim', `${time}  ${word}  revision ${revision}`);
  const name = style('bold', printable(task.name));
  const parts =
    run === undefined
      ? [time, name, word, type === TaskEventType.REMOVED ? '' : describeTaskState(task, Date.now())]
      : [time, name, describeRun(run), describeRunWhy(run), run.runId];
  return parts.filter((part) => part !== '').join('  ');
}
