import { isatty } from 'node:tty';
import type { Client } from '@tenure/client';
import { type PlainCommand, resolveCommand } from '@tenure/client/command';
import type { Command } from 'commander';
import { withClient } from '../connection.js';
import { parseDuration } from '../duration.js';
import { UsageFailure } from '../failure.js';
import { OpenEndedCommand } from '../open_ended_command.js';
import { warn } from '../output.js';
import { reportOf } from '../report.js';
import { findInheritedFds } from '../run/inherited_fds.js';
import { sayError } from '../run/say_error.js';
import { unresolvedFailure } from '../run/unresolved_failure.js';
import { printable } from '../style.js';
import { toVariables } from './environment_values.js';
import { leaseForRun } from './lease_for_run.js';
import { leaseAll, releaseAll } from './lent_secrets.js';
import type { Project } from './project_file.js';
import { runWithSecrets } from './run_with_secrets.js';
import { takeStopSignals } from './stop_signals.js';

interface ExecOptions {
  readonly ttl?: number;
  readonly clientId?: string;
  readonly project?: string;
  readonly json?: boolean;
}

const DETAILS = `
The secrets are those of the project file: .secrets.json, in this folder or the
nearest above it, such as

  {
    "client_id": "shop",
    "secrets": [
      { "name": "team/github-token", "env_var": "GITHUB_TOKEN", "ttl": "30m" }
    ]
  }

All are leased or none; where one can't be had, the command does not run. The
leases are renewed while it runs and released when it has ended. A lease that
is revoked meanwhile ends the command (TERM, 5s, KILL): exit code 76. Where the
daemon is away the command goes on, as long as it is back within their TTL.

Beyond --ttl the command is ended in the same way: exit code 124. Else the exit
code is the command's own, or 128 + n for a signal. Standard streams, signals
and the terminal are the command's, as with tenure run.

Examples:
  tenure secret exec -- ./deploy.sh
  tenure secret exec --ttl 10m -- npm publish
  tenure secret exec --project ops/.secrets.json --client-id nightly -- ./renew-certificates`;

/** The longest that a timer reaches. */
const LONGEST_LIMIT_MS = 2 ** 31 - 1;

export function execCommand(commandLine: readonly string[] | undefined): Command {
  return new OpenEndedCommand('exec')
    .summary('run a command with secrets in its environment')
    .description('Run a command with the secrets of the project file in its environment.')
    .usage('[options] -- COMMAND [ARGUMENT...]')
    .option('--ttl <duration>', 'longest time that the command may run', parseLimit)
    .option('--client-id <id>', "a name that survives restarts (default: the project's, else one of the run's own)")
    .option('--project <file>', 'the project file (default: the nearest .secrets.json)')
    .option('--json', 'say what tenure has to say in lines of JSON, on standard error')
    .addHelpText('after', DETAILS)
    .action(async (options: ExecOptions, { args }: Command) => {
      if (args.length > 0) throw noCommand();
      process.exitCode = await execToEnd(options, commandLine ?? []);
    });
}

function parseLimit(text: string): number {
  const limit = parseDuration(text);
  if (limit > 0 && limit <= LONGEST_LIMIT_MS) return limit;
  throw new UsageFailure(`'${text}' is no time limit; it must be longer than nought and at most 24d`);
}

function noCommand(): UsageFailure {
  return new UsageFailure('no command was given', 'write it after --, as in: tenure secret exec -- ./deploy.sh');
}

async function execToEnd(options: ExecOptions, commandLine: readonly string[]): Promise<number> {
  // First of all, before anything opens descriptors of its own.
  const passFds = findInheritedFds();
  try {
    const [command, ...args] = commandLine;
    if (command === undefined) throw noCommand();
    // Here alone, for the other commands do without zod.
    const { readProject } = await import('./project_file.js');
    const project = readProject(options.project, process.cwd());
    const resolved = resolveCommand(command, process.env['PATH']);
    if (resolved.kind !== 'found') throw unresolvedFailure(command, resolved, 'no lease was taken');
    const plain: Omit<PlainCommand, 'environment'> = {
      path: resolved.path,
      commandLine: [command, ...args],
      passFds,
      ownGroup: !isatty(0),
    };
    return await withClient((client) => execWith(client, project, plain, options));
  } catch (error) {
    sayError(error, options.json === true);
    return reportOf(error).exitCode;
  }
}

/** Standard output is the command's alone. */
function noticeOf({ json }: ExecOptions): (message: string) => void {
  return (notice) => warn(json === true ? JSON.stringify({ notice }) : `tenure: ${notice}`);
}

async function execWith(
  client: Client,
  project: Project,
  plain: Omit<PlainCommand, 'environment'>,
  options: ExecOptions,
): Promise<number> {
  // Also while the leases are given back; in between, signals are the command's.
  const stop = takeStopSignals();
  try {
    const { secrets } = project;
    const reason = `tenure secret exec ${printable(plain.commandLine[0]).slice(0, 200)}`;
    const clientId = options.clientId ?? project.clientId;
    const lent = await (clientId === undefined
      ? leaseForRun(client, project, { reason, signal: stop.signal })
      : leaseAll(client, { secrets, clientId, reason, signal: stop.signal }));
    try {
      const variables = toVariables(secrets, lent).map(({ envVar, value }) => [envVar, value]);
      const environment = { ...process.env, ...Object.fromEntries(variables) };
      const command = { ...plain, environment };
      return (
        stop.exitCode ??
        (await runWithSecrets({ client, lent, command, limitMs: options.ttl, notice: noticeOf(options) }))
      );
    } finally {
      await releaseAll(client, lent);
    }
  } catch (error) {
    if (stop.exitCode === undefined) throw error;
    return stop.exitCode;
  } finally {
    stop.close();
  }
}
