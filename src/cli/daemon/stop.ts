import { Command, Option } from 'commander';
import { parseDuration } from '../duration.js';
import { printJson, printLine } from '../output.js';
import { stopDaemon } from './stop_daemon.js';

/** For `stop` and `restart`; the daemon lets calls finish. */
export function timeoutOption(): Option {
  return new Option('--timeout <duration>', 'how long to wait for its end')
    .argParser(parseDuration)
    .default(30_000, '30s');
}

interface StopOptions {
  readonly timeout: number;
  readonly json?: boolean;
}

const DETAILS = `
Leases stay: commands under tenure run go on, and their leases are there again
when the daemon is. Nobody can acquire meanwhile.

Example:
  tenure daemon stop`;

export function stopCommand(): Command {
  return new Command('stop')
    .summary('stop the daemon')
    .description('Ask the daemon to end in order, and wait for its end.')
    .addOption(timeoutOption())
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (options: StopOptions) => {
      const stopped = await stopDaemon(options.timeout);
      if (options.json === true) {
        await printJson(stopped === undefined ? { outcome: 'not-running' } : { outcome: 'stopped', pid: stopped.pid });
      } else {
        await printLine(stopped === undefined ? 'tenured is not running' : `tenured has stopped (pid ${stopped.pid})`);
      }
    });
}
