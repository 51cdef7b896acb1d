import { type Client, isTenureError, type Lease, type Revocation, type SecretLeaseTarget } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { UsageFailure } from '../failure.js';
import { leaseJson } from '../lease/lease_json.js';
import { describeProcess } from '../lease/lease_text.js';
import { leasedBelow } from '../lease/leased_below.js';
import { printJson, printLine } from '../output.js';
import { withHint } from '../report.js';
import { shellWord } from '../shell_word.js';
import { printable, style } from '../style.js';
import { table } from '../table.js';
import { otherClientId } from './compose_client_id.js';
import { revocationJson } from './secret_json.js';

interface RevokeOptions {
  readonly name?: string;
  readonly namespace?: string;
  readonly clientId?: string;
  readonly all?: boolean;
  readonly force?: boolean;
  readonly reason?: string;
  readonly json?: boolean;
}

interface Revoked {
  readonly revoked: readonly Lease[];
  readonly forgotten: Revocation | undefined;
}

/** What an id looks like; a name may, too. */
const LEASE_ID = /^l[0-9a-z]+$/;

const DETAILS = `
The leases end at once; a value that was read stays known to whoever read it.
The secrets' --on-revoke commands run then, each until it succeeds: see
tenure secret list. --force gives up on the one of a lease.

Examples:
  tenure secret revoke --name team/github-token --reason 'leaked in a log'
  tenure secret revoke --client-id release
  tenure secret revoke l1a2b3c4 --force`;

export function revokeCommand(): Command {
  return new Command('revoke')
    .summary('end leases on secrets')
    .description('End leases on secrets. Say which: an id, or one of --name, --namespace, --client-id and --all.')
    .argument('[lease-id]', 'this lease')
    .option('--name <name>', 'all on this secret')
    .option('--namespace <namespace>', 'all on the secrets of this namespace, and of those below it')
    .option('--client-id <id>', 'all of this client')
    .option('--all', 'all there are on secrets')
    .option('--force', "also give up on this lease's --on-revoke command")
    .option('--reason <text>', 'why, for the record')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (leaseId: string | undefined, options: RevokeOptions) => {
      const target = revokeTarget(leaseId, options);
      const result = await withClient((client) => revoke(client, target, options));
      if (options.json === true) await printJson(revokedJson(result));
      else for (const line of describeRevoked(result)) await printLine(line);
    });
}

type Target = NonNullable<SecretLeaseTarget['target']>;

/** @throws UsageFailure where it is not exactly one, or `--force` has no lease to be about. */
function revokeTarget(leaseId: string | undefined, options: RevokeOptions): Target {
  const targets: Target[] = [];
  if (leaseId !== undefined) targets.push({ $case: 'leaseId', value: leaseId });
  if (options.name !== undefined) targets.push({ $case: 'name', value: options.name });
  if (options.namespace !== undefined) targets.push({ $case: 'namespace', value: options.namespace });
  if (options.clientId !== undefined) targets.push({ $case: 'clientId', value: options.clientId });
  if (options.all === true) targets.push({ $case: 'all', value: true });
  const [target] = targets;
  if (target === undefined || targets.length > 1) {
    throw new UsageFailure('say which leases: one of LEASE_ID, --name NAME, --namespace NS, --client-id ID and --all');
  }
  if (options.force === true && target.$case !== 'leaseId') {
    throw new UsageFailure(
      '--force is about one lease: give its id',
      "'tenure secret list' shows those that are pending",
    );
  }
  return target;
}

async function revoke(client: Client, target: Target, { force, reason }: RevokeOptions): Promise<Revoked> {
  if (force !== true || target.$case !== 'leaseId') {
    try {
      const { revoked } = await client.secrets.revokeSecretLeases({ target: { target }, reason });
      if (target.$case !== 'clientId') return { revoked, forgotten: undefined };
      const others = await revokeOther(client, target.value, reason);
      return { revoked: [...revoked, ...others], forgotten: undefined };
    } catch (error) {
      if (!isTenureError(error, 'LEASE_NOT_FOUND') || target.$case !== 'leaseId') throw error;
      throw withHint(error, await hintFor(client, target.value));
    }
  }
  // The lease may be long gone, and its command still be tried.
  const { revoked, gone } = await client.secrets.revokeSecretLeases({ target: { target }, reason }).then(
    (answer) => ({ revoked: answer.revoked, gone: undefined }),
    (error: unknown) => {
      if (isTenureError(error, 'LEASE_NOT_FOUND') || isTenureError(error, 'LEASE_ENDED')) {
        return { revoked: [], gone: error };
      }
      throw error;
    },
  );
  const { forgotten } = await client.secrets.forgetRevocation({ leaseId: target.value });
  if (gone !== undefined && forgotten === undefined) throw gone;
  return { revoked, forgotten };
}

/** A watch of an env file has its leases under its client id and another in turn. */
async function revokeOther(client: Client, clientId: string, reason: string | undefined): Promise<readonly Lease[]> {
  const value = otherClientId(clientId);
  const { leases } = await client.leases.listLeases({ filter: { clientId: value, resourcePrefix: 'secret' } });
  // Not to have a revocation on record that was of nothing.
  if (leases.length === 0) return [];
  const target = { target: { $case: 'clientId', value } } as const;
  return (await client.secrets.revokeSecretLeases({ target, reason })).revoked;
}

/** What is no lease may be a secret, or a namespace; or a lease of the list of those that are revoked already. */
async function hintFor(client: Client, given: string): Promise<string> {
  const leased = await leasedBelow(client, `secret/${given}`);
  const word = shellWord(printable(given));
  if (leased.includes(`secret/${given}`)) {
    return `${printable(given)} is a secret: 'tenure secret revoke --name ${word}' ends all leases on it`;
  }
  if (leased.length > 0) {
    return `${printable(given)} is a namespace: 'tenure secret revoke --namespace ${word}' ends all leases in it`;
  }
  return LEASE_ID.test(given)
    ? "see what there is with 'tenure lease list'; --force gives up on the command of one that is revoked already"
    : `that is no lease's id: of a secret, leases are ended by 'tenure secret revoke --name ${word}'`;
}

function revokedJson({ revoked, forgotten }: Revoked): object {
  return {
    revoked: revoked.map(leaseJson),
    ...(forgotten === undefined ? {} : { forgotten: revocationJson(forgotten) }),
  };
}

function describeRevoked({ revoked, forgotten }: Revoked): string[] {
  const lines: string[] = [];
  if (revoked.length > 0) {
    const rows = revoked.map((lease) => [
      printable(lease.resource.replace(/^secret\//, '')),
      lease.leaseId,
      printable(lease.clientId),
      describeProcess(lease.holder),
    ]);
    lines.push(table([['NAME', 'LEASE', 'CLIENT', 'TAKEN BY'].map((title) => style('bold', title)), ...rows]));
  } else if (forgotten === undefined) {
    lines.push('no lease was there to revoke');
  }
  if (forgotten !== undefined) {
    lines.push(`the command for ${printable(forgotten.name)} is given up after ${forgotten.attempts} tries`);
  }
  return lines;
}
