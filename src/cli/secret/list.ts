import type { Revocation } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { printJson, printLine } from '../output.js';
import { demandVault } from './demand_vault.js';
import { revocationJson, secretJson } from './secret_json.js';
import { listSecrets } from './secret_pages.js';
import { describeRevocations, describeSecrets } from './secret_text.js';

const DETAILS = `
Values are never shown: see tenure secret lease. Where there is no vault yet,
that is said, with exit code 66. Below the secrets stand leases
that were revoked and whose --on-revoke command has not succeeded yet. One that
is irrevocable has failed often; it is still tried, and given up with
tenure secret revoke LEASE --force.

Examples:
  tenure secret list
  tenure secret list team                 those of this namespace
  tenure secret list --json | jq -r '.secrets[] | select(.activeLeases > 0).name'`;

export function listCommand(): Command {
  return new Command('list')
    .alias('ls')
    .summary('list secrets')
    .description('List secrets, without their values.')
    .argument('[namespace]', 'only those of this namespace, and of those below it')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (namespace: string | undefined, options: { json?: boolean }) => {
      const { secrets, revocations } = await withClient(async (client) => {
        const [found, pending] = await Promise.all([
          listSecrets(client, namespace ?? ''),
          client.secrets.listRevocations(),
        ]);
        if (found.length === 0) await demandVault(client);
        return { secrets: found, revocations: pending.revocations.filter((one) => isBelow(one, namespace)) };
      });
      if (options.json === true) {
        await printJson({ secrets: secrets.map(secretJson), revocations: revocations.map(revocationJson) });
        return;
      }
      const nowMs = Date.now();
      await printLine(secrets.length === 0 ? 'no secrets' : describeSecrets(secrets, nowMs));
      if (revocations.length > 0) await printLine(`\n${describeRevocations(revocations, nowMs)}`);
    });
}

function isBelow({ name }: Revocation, namespace: string | undefined): boolean {
  return namespace === undefined || name.startsWith(`${namespace}/`);
}
