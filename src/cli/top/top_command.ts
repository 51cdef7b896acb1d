import { constants } from 'node:os';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { UsageFailure } from '../failure.js';
import { printJson, printLine } from '../output.js';

interface TopOptions {
  readonly filter?: string;
  readonly once?: boolean;
  readonly json?: boolean;
}

const DETAILS = `
Leases with their holders and who waits, sessions, tasks, and how the daemon is,
as they change. Survives restarts of the daemon. --once prints one picture, to a
pipe, too; --json is for --once.

Keys: up and down move, Tab goes to the next list, / filters, s sorts, e explains,
r revokes a lease, y asks its holder to give it back, x stops a session (these
ask first), ? shows all keys, q quits.

Examples:
  tenure top
  tenure top --filter gpu
  tenure top --once --json | jq '.leases[] | select(.waiters > 0)'`;

export function topCommand(): Command {
  return new Command('top')
    .summary('watch leases, sessions and tasks live')
    .description('Show leases, sessions, tasks and the daemon, live.')
    .option('--filter <words>', 'only lines that have all these words')
    .option('--once', 'print one picture, and end')
    .option('--json', 'with --once: print JSON')
    .addHelpText('after', DETAILS)
    .action(async (options: TopOptions) => {
      const { filter = '', once = options.json === true, json } = options;
      if (once) await printOnce(filter, json === true);
      else await watch(filter);
    });
}

async function printOnce(filter: string, json: boolean): Promise<void> {
  const { views } = await import('../views.js');
  await withClient(async (client) => {
    if (json) await printJson(await views.onceAsJson(client, filter));
    else await printLine(await views.onceAsText(client, filter));
  });
}

async function watch(filter: string): Promise<void> {
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  if (!isTerminal || process.env['TERM'] === 'dumb') {
    throw new UsageFailure('the live view needs a terminal that can place its cursor', '--once prints one picture');
  }
  const { views } = await import('../views.js');
  const signal = await withClient((client) => views.runTop(client, filter));
  if (signal !== undefined) process.exitCode = 128 + constants.signals[signal];
}
