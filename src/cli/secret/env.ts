import { resolve } from 'node:path';
import { type Client, timestampToDate } from '@tenure/client';
import { describeDuration } from '@tenure/client/duration-text';
import { Command } from 'commander';
import { withClient } from '../connection.js';
import { ExitCode } from '../exit_codes.js';
import { UsageFailure } from '../failure.js';
import { timestampJson } from '../json_values.js';
import { printJson, printLine } from '../output.js';
import { printable, style } from '../style.js';
import { table } from '../table.js';
import { BoundEnvFile } from './bound_env_file.js';
import { composeClientId } from './compose_client_id.js';
import { checkEnvTarget } from './env_file.js';
import { WATCHING, WRITING, withEnvFile } from './env_file_lease.js';
import { watchEnvFile } from './env_watch.js';
import { type LentSecret, leaseAll, releaseAll } from './lent_secrets.js';
import type { Project } from './project_file.js';
import { takeStopSignals } from './stop_signals.js';

interface EnvOptions {
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly watch?: boolean;
  readonly file?: string;
  readonly project?: string;
  readonly json?: boolean;
}

const DETAILS = `
The file has mode 0600 and a first line that marks it as tenure's. The daemon
removes it when one of its leases ends: by its TTL, or revoked. Both a shell
(set -a; . ./.env) and readers of .env files get the values as they are; one
that no quoting serves both with is refused: exit code 64. Run again, it takes
the leases anew and replaces the file in one step; where that fails, the leases
are given back, and the file that stood under them goes.

A file that tenure did not write is overwritten only with --force, a link never.
One run writes a file at a time: others wait for it, for 15s. Beside a --watch
of the same file they are refused: exit code 75.

With --watch the leases are kept and the file gets new values as they come,
until INT or TERM: then the file is removed and the leases are released. A
lease that is revoked meanwhile does the same: exit code 76. Where something
else writes the file, the watch ends, and leaves it: exit code 75.

The leases are those of a client of the file's own: the project's client_id, a
colon and the file's path. Those of a --watch have #next after it every other
time; tenure secret revoke --client-id ends either.

Examples:
  tenure secret env
  tenure secret env --dry-run
  tenure secret env --watch --file /run/user/1000/shop.env`;

export function envCommand(): Command {
  return new Command('env')
    .summary('write an env file that goes with its leases')
    .description('Write the secrets of the project file to an env file, which is removed when their leases end.')
    .option('--force', 'overwrite a file that tenure did not write')
    .option('--dry-run', 'say what would be written, without values; lease and write nothing')
    .option('--watch', 'stay, and keep the file until INT or TERM')
    .option('--file <file>', "the env file (default: the project's env_file, else .env beside the project file)")
    .option('--project <file>', 'the project file (default: the nearest .secrets.json)')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (options: EnvOptions) => {
      if (options.dryRun === true && options.watch === true) {
        throw new UsageFailure('--dry-run writes nothing that --watch could keep; give one of them');
      }
      // Here alone, for the other commands do without zod.
      const { readProject } = await import('./project_file.js');
      const project = readProject(options.project, process.cwd());
      const path = options.file === undefined ? project.envFile : resolve(options.file);
      checkEnvTarget(path, options.force === true);
      if (options.dryRun === true) await printPlan(path, project, options);
      else process.exitCode = await withClient((client) => writeOrWatch(client, path, project, options));
    });
}

async function writeOrWatch(client: Client, path: string, project: Project, options: EnvOptions): Promise<number> {
  const stop = takeStopSignals();
  const reason = options.watch === true ? WATCHING : WRITING;
  try {
    return await withEnvFile(client, { path, reason, signal: stop.signal }, async (lease) => {
      const { secrets } = project;
      const file = new BoundEnvFile(client, path, secrets);
      const signal = AbortSignal.any([stop.signal, lease.signal]);
      const wish = { secrets, clientId: clientIdOf(path, project), reason, signal };
      const onWritten = (lent: readonly LentSecret[]) => printWritten(path, project, lent, options);
      if (options.watch === true) return await watchEnvFile({ client, file, lease, ...wish, onWritten });
      const lent = await leaseAll(client, wish);
      try {
        await file.put(lent);
      } catch (error) {
        await releaseAll(client, lent);
        throw error;
      }
      await onWritten(lent);
      return ExitCode.OK;
    });
  } catch (error) {
    if (stop.exitCode === undefined) throw error;
    return stop.exitCode;
  } finally {
    stop.close();
  }
}

/** Of the file's own: a command that the same project's leases run in must not replace these, nor end the file. */
function clientIdOf(path: string, { clientId = 'env' }: Project): string {
  return composeClientId(clientId, path);
}

async function printPlan(path: string, { secrets }: Project, options: EnvOptions): Promise<void> {
  const variables = secrets.map(({ envVar, name }) => ({ envVar, name }));
  if (options.json === true) {
    await printJson({ path, dryRun: true, variables });
    return;
  }
  const header = ['VARIABLE', 'SECRET', 'LEASED FOR'].map((title) => style('bold', title));
  const rows = secrets.map(({ envVar, name, ttlMs }) => [
    envVar,
    printable(name),
    ttlMs === undefined ? 'as configured' : describeDuration(ttlMs),
  ]);
  await printLine(table([header, ...rows]));
  await printLine(`${printable(path)} was not written`);
}

async function printWritten(
  path: string,
  { secrets }: Project,
  lent: readonly LentSecret[],
  options: EnvOptions,
): Promise<void> {
  const byName = new Map(lent.map((one) => [one.name, one]));
  const first = lent.reduce((least, one) => (one.ttlMs < least.ttlMs ? one : least));
  if (options.json === true) {
    const variables = secrets.map(({ envVar, name }) => {
      const one = byName.get(name);
      return { envVar, name, version: one?.version.toString(), leaseId: one?.leaseId };
    });
    const expireTime = first.expireTime === undefined ? {} : { expireTime: timestampJson(first.expireTime) };
    await printJson({ path, variables, ...expireTime });
    return;
  }
  const names = secrets.map(({ envVar }) => envVar).join(', ');
  await printLine(`${printable(path)}: wrote ${names}; ${describeEndOf(first, options)}`);
}

function describeEndOf({ expireTime, ttlMs }: LentSecret, { watch }: EnvOptions): string {
  if (watch === true) return 'kept until INT or TERM';
  const clock = expireTime === undefined ? '' : ` (${timestampToDate(expireTime).toTimeString().slice(0, 5)})`;
  return `the daemon removes it in ${describeDuration(ttlMs)}${clock}`;
}
