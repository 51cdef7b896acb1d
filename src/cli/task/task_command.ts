import { Command } from 'commander';
import { forgetCommand } from './forget.js';
import { historyCommand } from './history.js';
import { listCommand } from './list.js';
import { runCommand } from './run.js';
import { showCommand } from './show.js';
import { watchCommand } from './watch.js';

export function taskCommand(): Command {
  return new Command('task')
    .summary('show and trigger maintenance tasks')
    .description('Show the tasks of orchestrators and scripts, what became of their runs, and trigger them.')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(runCommand())
    .addCommand(watchCommand())
    .addCommand(historyCommand())
    .addCommand(forgetCommand());
}
