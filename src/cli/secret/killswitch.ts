import type { KillSwitchResponse } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { ExitCode } from '../exit_codes.js';
import { UsageFailure } from '../failure.js';
import { printJson, printLine, warn } from '../output.js';
import { printable, style } from '../style.js';
import { confirm } from './confirm.js';
import { killSwitchJson } from './secret_json.js';
import { count, describeRotations } from './secret_text.js';

interface KillSwitchOptions {
  readonly revoke?: boolean;
  readonly rotate?: boolean;
  readonly wipe?: boolean;
  readonly reason?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

const DETAILS = `
For emergencies. What is asked for is done in this order: leases, rotations, the
vault; each is tried whatever became of the ones before, and no secret is lent
meanwhile. Exit code 1: something failed, as standard error says.

Examples:
  tenure secret killswitch --revoke --rotate --reason 'laptop stolen'
  tenure secret killswitch --revoke --rotate --wipe --yes`;

export function killswitchCommand(): Command {
  return new Command('killswitch')
    .summary('revoke, rotate, wipe: for emergencies')
    .description('Revoke all leases on secrets, rotate all secrets, wipe the vault: at least one of them.')
    .option('--revoke', 'end all leases on secrets')
    .option('--rotate', 'rotate all secrets that can be')
    .option('--wipe', 'delete the vault for good, with all that is in it')
    .option('--reason <text>', 'why, for the record')
    .option('--yes', "don't ask")
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (options: KillSwitchOptions) => {
      const orders = killSwitchOrders(options);
      if (options.yes !== true) await confirm(orders.text, orders.word);
      const { revoke, rotate, wipe, reason } = options;
      const result = await withClient((client) =>
        client.secrets.killSwitch({ revokeAll: revoke, rotateAll: rotate, wipeVault: wipe, reason }),
      );
      if (options.json === true) await printJson(killSwitchJson(result));
      else await tell(result, options);
      if (result.failures.length > 0) process.exitCode = ExitCode.FAILED;
    });
}

/**
 * What will be done, and the word for the gravest part of it.
 *
 * @throws UsageFailure where nothing is asked for.
 */
function killSwitchOrders({ revoke, rotate, wipe }: KillSwitchOptions): { text: string; word: string } {
  const orders = [
    ...(revoke === true ? [{ text: 'ends all leases on secrets', word: 'revoke' }] : []),
    ...(rotate === true ? [{ text: 'makes new values of all secrets that can be rotated', word: 'rotate' }] : []),
    ...(wipe === true ? [{ text: 'deletes the vault and all its secrets for good', word: 'wipe' }] : []),
  ];
  const gravest = orders.at(-1);
  if (gravest === undefined) {
    throw new UsageFailure('say what to do: at least one of --revoke, --rotate and --wipe');
  }
  return { text: `this ${orders.map(({ text }) => text).join(', ')}`, word: gravest.word };
}

async function tell(result: KillSwitchResponse, { revoke, rotate, wipe }: KillSwitchOptions): Promise<void> {
  const { revokedLeases, rotations, vaultWiped, failures } = result;
  if (revoke === true) await printLine(`${count(revokedLeases, 'lease')} revoked`);
  if (rotate === true) await printLine(rotations.length === 0 ? 'no secrets to rotate' : describeRotations(rotations));
  if (wipe === true) await printLine(vaultWiped ? 'the vault is wiped' : style('red', 'the vault is not wiped'));
  for (const { step, name, message } of failures) {
    warn(`tenure: ${[step, printable(name)].filter((word) => word !== '').join(' ')}: ${printable(message)}`);
  }
}
