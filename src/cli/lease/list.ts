import { type Client, type Lease, LeaseMode, LeaseState } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { enumWord } from '../json_values.js';
import { printJson, printLine } from '../output.js';
import { printable, style } from '../style.js';
import { table } from '../table.js';
import { parseState } from './lease_arguments.js';
import { leaseJson } from './lease_json.js';
import { describeAge, describeHolder, describeRemaining } from './lease_text.js';

/** The most that the daemon gives at once. */
const PAGE_SIZE = 1_000;

export interface FilterOptions {
  readonly clientId?: string;
  readonly state?: readonly LeaseState[];
}

interface ListOptions extends FilterOptions {
  readonly json?: boolean;
}

const DETAILS = `
Examples:
  tenure lease list                 all leases
  tenure lease list dir/home/me     this resource and all below it
  tenure lease list --json | jq -r '.leases[].holder.pid'`;

export function listCommand(): Command {
  return new Command('list')
    .alias('ls')
    .summary('list leases')
    .description('List leases: those in force, and those that drain.')
    .argument('[prefix]', 'only this resource and all below it')
    .option('--client-id <id>', 'only of this client')
    .option('--state <state>', 'only active or draining; may be repeated', parseState)
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (prefix: string | undefined, options: ListOptions) => {
      const leases = await withClient((client) => listAll(client, filterOf(prefix, options)));
      if (options.json === true) await printJson({ leases: leases.map(leaseJson) });
      else await printLine(leases.length === 0 ? 'no leases' : describeLeases(leases, Date.now()));
    });
}

export function filterOf(prefix: string | undefined, options: FilterOptions) {
  return { resourcePrefix: prefix, clientId: options.clientId, states: [...(options.state ?? [])] };
}

async function listAll(client: Client, filter: ReturnType<typeof filterOf>): Promise<Lease[]> {
  const leases: Lease[] = [];
  let pageToken = '';
  do {
    const page = await client.leases.listLeases({ filter, pageSize: PAGE_SIZE, pageToken });
    leases.push(...page.leases);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return leases;
}

function describeLeases(leases: readonly Lease[], nowMs: number): string {
  const hasReasons = leases.some((lease) => lease.reason !== '');
  const titles = ['RESOURCE', 'MODE', 'HELD BY', 'SINCE', 'LEFT', 'LEASE', ...(hasReasons ? ['REASON'] : [])];
  const header = titles.map((title) => style('bold', title));
  const rows = leases.map((lease) => [
    printable(lease.resource),
    enumWord(LeaseMode, lease.mode),
    describeHolder(lease),
    describeAge(lease.acquireTime, nowMs),
    lease.state === LeaseState.DRAINING ? style('yellow', 'draining') : describeRemaining(lease),
    style('dim', lease.leaseId),
    printable(lease.reason),
  ]);
  return table([header, ...rows]);
}
