import { Command } from 'commander';
import { installCommand } from './install.js';
import { logsCommand } from './logs.js';
import { reloadCommand } from './reload.js';
import { restartCommand } from './restart.js';
import { runDaemonCommand } from './run.js';
import { startCommand } from './start.js';
import { statusCommand } from './status.js';
import { stopCommand } from './stop.js';
import { uninstallCommand } from './uninstall.js';

const DETAILS = `
There is one daemon a user. Commands start it when they need it; with
TENURE_AUTOSTART=0 in the environment they don't.`;

export function daemonCommands(): Command {
  return new Command('daemon')
    .summary('start, stop and look after the daemon')
    .description('Start, stop and look after the daemon.')
    .addHelpText('after', DETAILS)
    .addCommand(startCommand())
    .addCommand(stopCommand())
    .addCommand(reloadCommand())
    .addCommand(restartCommand())
    .addCommand(statusCommand())
    .addCommand(runDaemonCommand())
    .addCommand(logsCommand())
    .addCommand(installCommand())
    .addCommand(uninstallCommand());
}
