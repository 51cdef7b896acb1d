import { Command } from 'commander';
import { type ConnectionOptions, withClient } from './connection.js';
import { parseDuration } from './duration.js';
import { statusJson } from './health_json.js';
import { describeStatus, describeStatusLine } from './health_text.js';
import { printJson, printLine, warn } from './output.js';

interface HealthOptions {
  readonly watch?: boolean;
  readonly interval?: number;
  readonly json?: boolean;
}

const DETAILS = `
Never starts the daemon. Exit code 69: it can't be reached.

Examples:
  tenure health
  tenure health --json | jq .leases
  tenure health --watch --interval 1s`;

const NO_START: ConnectionOptions = { start: false };

export function healthCommand(): Command {
  return new Command('health')
    .summary('show how the daemon is')
    .description('Show how the daemon is: version, uptime, store, leases, services, warnings.')
    .option('--watch', 'a line, or a JSON document, on every change')
    .option('--interval <duration>', 'longest pause between two lines (default: 10s)', parseDuration)
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (options: HealthOptions) => {
      if (options.watch === true) await watch(options);
      else await show(options);
    });
}

async function show(options: HealthOptions): Promise<void> {
  const { status } = await withClient((client) => client.health.getStatus(), NO_START);
  if (status === undefined) throw new Error('the daemon answered no status');
  if (options.json === true) await printJson(statusJson(status));
  else await printLine(describeStatus(status));
}

async function watch(options: HealthOptions): Promise<void> {
  const watchOptions = {
    intervalMs: options.interval,
    onBreak: () => warn('tenure: the daemon is away; the watch goes on when it is back'),
  };
  await withClient(async (client) => {
    for await (const status of client.watchStatus(watchOptions)) {
      if (options.json === true) await printJson(statusJson(status));
      else await printLine(describeStatusLine(status));
    }
  }, NO_START);
}
