import { Command } from 'commander';
import { statusJson } from '../health_json.js';
import { printJson, printLine } from '../output.js';
import { startDaemon } from './start_daemon.js';

export function startCommand(): Command {
  return new Command('start')
    .summary('start the daemon')
    .description('Start the daemon in the background, and wait until it serves.')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  tenure daemon start')
    .action(async (options: { json?: boolean }) => {
      const { status, wasRunning } = await startDaemon();
      const outcome = wasRunning ? 'already-running' : 'started';
      if (options.json === true) await printJson({ outcome, status: statusJson(status) });
      else {
        const how = wasRunning ? 'is already running' : 'has started';
        await printLine(`tenured ${how} (pid ${status.pid}) on ${status.socketPath}`);
      }
    });
}
