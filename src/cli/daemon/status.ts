import { locateDaemon } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { ExitCode } from '../exit_codes.js';
import { statusJson } from '../health_json.js';
import { describeStatus } from '../health_text.js';
import { printJson, printLine } from '../output.js';
import { findRunningDaemon } from './running_daemon.js';

export function statusCommand(): Command {
  return new Command('status')
    .summary('say whether the daemon runs')
    .description("Say whether the daemon runs, and how it is. Never starts it. Exit code 69: it doesn't run.")
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  tenure daemon status')
    .action(async (options: { json?: boolean }) => {
      if (findRunningDaemon() === undefined) {
        const { stateDir, socketPath } = locateDaemon();
        if (options.json === true) await printJson({ running: false, stateDir, socketPath });
        else await printLine(`tenured is not running\nstate   ${stateDir}\nsocket  ${socketPath}`);
        process.exitCode = ExitCode.UNREACHABLE;
        return;
      }
      const { status } = await withClient((client) => client.health.getStatus(), { start: false });
      if (status === undefined) return;
      if (options.json === true) await printJson({ running: true, status: statusJson(status) });
      else await printLine(describeStatus(status));
    });
}
