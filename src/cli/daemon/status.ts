import { locateDaemon } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { ExitCode } from '../exit_codes.js';
import { statusJson } from '../health_json.js';
import { describeStatus } from '../health_text.js';
import { optional } from '../json_values.js';
import { printJson, printLine } from '../output.js';
import { table } from '../table.js';
import { describeLastRun, lastRun, lastRunJson } from './last_run.js';
import { findAnsweringDaemon } from './running_daemon.js';

export function statusCommand(): Command {
  return new Command('status')
    .summary('say whether the daemon runs')
    .description("Say whether the daemon runs, and how it is. Never starts it. Exit code 69: it doesn't run.")
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  tenure daemon status')
    .action(async (options: { json?: boolean }) => {
      const { stateDir, socketPath, record } = locateDaemon();
      if ((await findAnsweringDaemon(record)) === undefined) {
        const last = lastRun(record);
        if (options.json === true) {
          await printJson({ running: false, stateDir, socketPath, ...optional('lastRun', last, lastRunJson) });
        } else {
          const rows = [
            ['state', stateDir],
            ['socket', socketPath],
          ];
          if (last !== undefined) rows.push(['last run', describeLastRun(last)]);
          await printLine(`tenured is not running\n${table(rows)}`);
        }
        process.exitCode = ExitCode.UNREACHABLE;
        return;
      }
      const { status } = await withClient((client) => client.health.getStatus(), { start: false });
      if (status === undefined) return;
      if (options.json === true) await printJson({ running: true, status: statusJson(status) });
      else await printLine(describeStatus(status));
    });
}
