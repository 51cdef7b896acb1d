import { Command } from 'commander';
import { adaptersCommand } from './adapters.js';
import { launchCommand } from './launch.js';
import { listCommand } from './list.js';
import { logsCommand } from './logs.js';
import { matrixCommand } from './matrix.js';
import { pruneCommand } from './prune.js';
import { resumeCommand } from './resume.js';
import { sendCommand } from './send.js';
import { statusCommand } from './status.js';
import { stopCommand } from './stop.js';
import { waitCommand } from './wait.js';
import { watchCommand } from './watch.js';
import { worktreeCommand } from './worktree_command.js';

/** @param commandLine what followed `--`, for `launch` and `resume`. */
export function sessionCommand(commandLine: readonly string[] | undefined): Command {
  return new Command('session')
    .summary('launch, show and stop sessions of agents')
    .description('Launch, show and stop the sessions of agents and commands on this machine.')
    .addCommand(launchCommand(commandLine))
    .addCommand(listCommand())
    .addCommand(statusCommand())
    .addCommand(logsCommand())
    .addCommand(watchCommand())
    .addCommand(waitCommand())
    .addCommand(stopCommand())
    .addCommand(resumeCommand(commandLine))
    .addCommand(sendCommand())
    .addCommand(matrixCommand())
    .addCommand(pruneCommand())
    .addCommand(worktreeCommand())
    .addCommand(adaptersCommand());
}
