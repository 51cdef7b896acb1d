import {
  type Client,
  isTenureError,
  LeaseState,
  type RevokeLeasesRequest,
  type RevokeLeasesResponse,
} from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { UsageFailure } from '../failure.js';
import { enumWord } from '../json_values.js';
import { printJson, printLine } from '../output.js';
import { withHint } from '../report.js';
import { shellWord } from '../shell_word.js';
import { printable } from '../style.js';
import { table } from '../table.js';
import { leaseJson } from './lease_json.js';
import { describeHolder } from './lease_text.js';
import { leasedBelow } from './leased_below.js';

interface RevokeOptions {
  readonly resource?: string;
  readonly clientId?: string;
  readonly all?: boolean;
  readonly force?: boolean;
  readonly reason?: string;
  readonly json?: boolean;
}

const DETAILS = `
The lease ends at once. Its processes are ended, waited for or left alone as
its handover says; --force stops waiting for them.

Examples:
  tenure lease revoke l1a2b3c4
  tenure lease revoke --resource dir/home/me --reason 'moving house'
  tenure lease revoke --all`;

export function revokeCommand(): Command {
  return new Command('revoke')
    .summary("end anybody's leases")
    .description("End leases, whoever's they are. Say which: an id, or one of --resource, --client-id and --all.")
    .argument('[lease-id]', 'this lease')
    .option('--resource <prefix>', 'all of this resource and all below it')
    .option('--client-id <id>', 'all of this client')
    .option('--all', 'all there are')
    .option('--force', 'also stop waiting for processes that still run')
    .option('--reason <text>', 'why, for the record')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (leaseId: string | undefined, options: RevokeOptions) => {
      const target = targetOf(leaseId, options);
      const { force, reason } = options;
      const { revoked } = await withClient((client) => revoke(client, { target, force, reason }));
      if (options.json === true) {
        await printJson({ revoked: revoked.map(leaseJson) });
        return;
      }
      if (revoked.length === 0) {
        await printLine('no lease was there to revoke');
        return;
      }
      const rows = revoked.map((lease) => [
        printable(lease.resource),
        lease.leaseId,
        enumWord(LeaseState, lease.state),
        describeHolder(lease),
      ]);
      await printLine(table([['RESOURCE', 'LEASE', 'NOW', 'HELD BY'], ...rows]));
    });
}

function targetOf(leaseId: string | undefined, options: RevokeOptions): RevokeLeasesRequest['target'] {
  const targets: NonNullable<RevokeLeasesRequest['target']>[] = [];
  if (leaseId !== undefined) targets.push({ $case: 'leaseId', value: leaseId });
  if (options.resource !== undefined) targets.push({ $case: 'resourcePrefix', value: options.resource });
  if (options.clientId !== undefined) targets.push({ $case: 'clientId', value: options.clientId });
  if (options.all === true) targets.push({ $case: 'all', value: true });
  const [target] = targets;
  if (target === undefined || targets.length > 1) {
    throw new UsageFailure('say which leases: one of LEASE_ID, --resource PREFIX, --client-id ID and --all');
  }
  return target;
}

type RevokeWish = Parameters<Client['leases']['revokeLeases']>[0];

async function revoke(client: Client, wish: RevokeWish): Promise<RevokeLeasesResponse> {
  try {
    return await client.leases.revokeLeases(wish);
  } catch (error) {
    if (!isTenureError(error, 'LEASE_NOT_FOUND') || wish.target?.$case !== 'leaseId') throw error;
    const name = wish.target.value;
    if ((await leasedBelow(client, name)).length === 0) throw error;
    const typed = `tenure lease revoke --resource ${shellWord(printable(name))}`;
    const hint = `${printable(name)} is a resource: '${typed}' ends all leases on it, and below it`;
    throw withHint(error, hint);
  }
}
