import { Command } from 'commander';
import { withClient } from '../connection.js';
import { printJson, printLine } from '../output.js';
import { taskJson } from './task_json.js';
import { describeTasks } from './task_table.js';

const DETAILS = `
A task is running, waiting (for its lease, or its next attempt), deferred (its
last try was skipped), starved (deferred for longer than its limit), off, or idle.
LAST RUN and RESULT are of its last work, without its wait; WHY says who is in
its way and for how long, or who was and when, or what went wrong. NEXT of a
service is its next start. "no orchestrator": nobody runs it.

Examples:
  tenure task list
  tenure task list --json | jq -r '.tasks[] | select(.starved) | .name'`;

export function listCommand(): Command {
  return new Command('list')
    .alias('ls')
    .summary('list tasks')
    .description('List tasks: what each does now, how it last ended, when it runs next, and who is in its way.')
    .argument('[task...]', 'only these')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (wanted: string[], options: { json?: boolean }) => {
      const { tasks } = await withClient((client) => client.tasks.listTasks({ tasks: wanted }));
      if (options.json === true) await printJson({ tasks: tasks.map(taskJson) });
      else await printLine(tasks.length === 0 ? 'no tasks' : describeTasks(tasks, Date.now()));
    });
}
