import { Command } from 'commander';
import { withClient } from '../connection.js';
import { printJson, printLine } from '../output.js';
import { printable } from '../style.js';

const DETAILS = `
A wrong configuration changes nothing: all its faults are shown, and the exit
code is 78. Sessions that run keep what they were launched with. SIGHUP does the
same, and tells the log.

Example:
  tenure config check && tenure daemon reload`;

export function reloadCommand(): Command {
  return new Command('reload')
    .summary('have the daemon read its configuration again')
    .description('Have the daemon that runs read its configuration again.')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (options: { json?: boolean }) => {
      const { configPath, needsRestart } = await withClient((client) => client.health.reloadConfig(), { start: false });
      if (options.json === true) {
        await printJson({ outcome: 'reloaded', configPath, needsRestart });
        return;
      }
      await printLine(
        configPath === '' ? 'there is no configuration; all is default' : `${printable(configPath)} is in force`,
      );
      if (needsRestart.length === 0) return;
      await printLine(`but for ${needsRestart.join(', ')}, which take 'tenure daemon restart'`);
    });
}
