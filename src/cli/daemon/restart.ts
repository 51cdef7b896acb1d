import { Command } from 'commander';
import { statusJson } from '../health_json.js';
import { printJson, printLine } from '../output.js';
import { checkConfiguration } from './check_configuration.js';
import { startDaemon } from './start_daemon.js';
import { timeoutOption } from './stop.js';
import { stopDaemon } from './stop_daemon.js';

interface RestartOptions {
  readonly timeout: number;
  readonly json?: boolean;
}

const DETAILS = `
The configuration is checked first: a wrong one stops nothing.

Example:
  tenure daemon restart`;

export function restartCommand(): Command {
  return new Command('restart')
    .summary('stop the daemon and start it again')
    .description('Stop the daemon, where one runs, and start it again. Leases, waiters and watches go on after it.')
    .addOption(timeoutOption())
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (options: RestartOptions) => {
      await checkConfiguration('nothing was stopped');
      const stopped = await stopDaemon(options.timeout);
      const { status } = await startDaemon();
      if (options.json === true) {
        const before = stopped === undefined ? {} : { stoppedPid: stopped.pid };
        await printJson({ outcome: 'restarted', ...before, status: statusJson(status) });
      } else {
        const before = stopped === undefined ? 'was not running' : `pid ${stopped.pid} has stopped`;
        await printLine(`tenured has started (pid ${status.pid}; ${before}) on ${status.socketPath}`);
      }
    });
}
