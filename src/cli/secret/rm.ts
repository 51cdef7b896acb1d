import { type Client, isTenureError } from '@tenure/client';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { ExitCode } from '../exit_codes.js';
import { printJson, printLine, warn } from '../output.js';
import { reportOf, warnReport } from '../report.js';
import { printable } from '../style.js';
import { count } from './secret_text.js';

interface Deleted {
  readonly name: string;
  readonly revokedLeases: number;
  /** Of the --on-delete command; empty: none. */
  readonly hookFailure: string;
}

interface Kept {
  readonly name: string;
  readonly error: unknown;
}

const DETAILS = `
Its leases are revoked first. Exit code 1: a secret could not be deleted, or its
--on-delete command failed; the others are deleted all the same.

Examples:
  tenure secret rm github-token
  tenure secret rm old/a old/b --json`;

export function rmCommand(): Command {
  return new Command('rm')
    .summary('delete secrets')
    .description('Delete secrets, and revoke their leases.')
    .argument('<name...>', 'their names')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (names: string[], options: { json?: boolean }) => {
      const { deleted, kept } = await withClient((client) => deleteAll(client, names));
      const [only] = kept;
      if (names.length === 1 && only !== undefined) throw only.error;
      if (options.json === true) await printJson(deletedJson(deleted, kept));
      else await tell(deleted, kept);
      if (kept.length > 0 || deleted.some(({ hookFailure }) => hookFailure !== '')) process.exitCode = ExitCode.FAILED;
    });
}

async function deleteAll(client: Client, names: readonly string[]): Promise<{ deleted: Deleted[]; kept: Kept[] }> {
  const deleted: Deleted[] = [];
  const kept: Kept[] = [];
  for (const name of names) {
    try {
      deleted.push({ name, ...(await client.secrets.deleteSecret({ name })) });
    } catch (error) {
      if (!isTenureError(error)) throw error;
      kept.push({ name, error });
    }
  }
  return { deleted, kept };
}

function deletedJson(deleted: readonly Deleted[], kept: readonly Kept[]): object {
  return {
    deleted: deleted.map(({ name, revokedLeases, hookFailure }) => ({
      name,
      revokedLeases,
      ...(hookFailure === '' ? {} : { hookFailure }),
    })),
    failures: kept.map(({ name, error }) => {
      const { reason, message } = reportOf(error);
      return { name, reason, message };
    }),
  };
}

async function tell(deleted: readonly Deleted[], kept: readonly Kept[]): Promise<void> {
  for (const { name, revokedLeases, hookFailure } of deleted) {
    const revoked = revokedLeases === 0 ? '' : `, ${count(revokedLeases, 'lease')} revoked`;
    await printLine(`${printable(name)}: deleted${revoked}`);
    if (hookFailure !== '') warn(`tenure: the --on-delete command of ${printable(name)} ${printable(hookFailure)}`);
  }
  for (const { name, error } of kept) {
    const report = reportOf(error);
    warnReport({ ...report, message: `${printable(name)}: ${report.message}` });
  }
}
