import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { AcquireOutcome } from '@tenure/client';
import { resolveCommand } from '@tenure/client/command';
import { Command, Option } from 'commander';
import { withClient } from '../connection.js';
import { parseDuration, waitAfter } from '../duration.js';
import { UsageFailure } from '../failure.js';
import { type HandoverWord, parseFd, parseHandover } from '../lease/lease_arguments.js';
import { acquireJson } from '../lease/lease_json.js';
import { ancestorHint, describeHeld } from '../lease/lease_text.js';
import { addWishOptions, type WishOptions } from '../lease/wish_options.js';
import { warn } from '../output.js';
import { printable } from '../style.js';
import { findInheritedFds } from './inherited_fds.js';
import {
  type ExitChoices,
  exitCodeOfOutcome,
  outcomeOfError,
  parseExitChoices,
  type RunOutcome,
  writeOutcome,
} from './outcome.js';
import { type RunRequest, run } from './run.js';
import { sayError } from './say_error.js';
import { unresolvedFailure } from './unresolved_failure.js';
import { openWaitLine, SILENT_WAIT } from './wait_line.js';
import { parseSignal } from './yield_wishes.js';

/** As commander reads the options below. */
interface RunOptions extends WishOptions {
  readonly handover: HandoverWord;
  readonly inherit: boolean;
  readonly killAfter: number;
  readonly onYield?: NodeJS.Signals;
  readonly task?: string;
  readonly exitCode?: ExitChoices;
  readonly outcomeFd?: number;
  readonly json?: boolean;
}

const DETAILS = `
The command gets the lease's token in TENURE_LEASES, so that tenure commands
below it run under the same lease. It starts only once the daemon knows its
pid: the lease lasts until the command is gone, even if tenure run is killed.
If the lease is lost, the command is ended and the exit code is 76.

Where standard input is a terminal, the command shares it (Ctrl-C, job control
and full-screen programs work); else it gets a session of its own, and signals
are passed on to all of its process group. What it leaves running there keeps
the resource until it ends.

Standard output is the command's alone. With --json, what tenure has to say
of a lease that is held, or an error, is one JSON document on standard error.

Examples:
  tenure run nightly -- ./backup.sh
  tenure run port/8080 dir/home/me/repo --wait 5m -- npm test
  tenure run gpu --capacity 2 --wait forever -- python train.py
  tenure run cache --mode shared -- ./reader
  tenure run nightly --task kb-sync -- ./sync.sh          seen in 'tenure task list'
  tenure run nightly --exit-code held=0 -- ./backup.sh    skip if held, and say nothing

See 'tenure help exit-codes'.`;

export function runCommand(commandLine: readonly string[] | undefined): Command {
  const command = new Command('run')
    .summary('run a command under a lease')
    .description('Run a command while holding one or more resources, all or none.')
    .usage('RESOURCE... [options] -- COMMAND [ARGUMENT...]')
    .argument('<resource...>', 'what to hold, such as heavy-maintenance or dir/home/me/repo');
  return addWishOptions(command)
    .option('--handover <how>', 'processes left at the end: grant, wait or terminate', parseHandover, 'terminate')
    .option('--no-inherit', "don't run under a lease of TENURE_LEASES")
    .addOption(
      new Option('--kill-after <duration>', 'from TERM to KILL once the lease is lost')
        .argParser(parseDuration)
        .default(5_000, '5s'),
    )
    .option('--task <name>', 'record it as a run of this task; see tenure task')
    .option('--on-yield <signal>', 'send it this signal when somebody asks for the lease', parseSignal)
    .option('--exit-code <name=n,...>', 'other exit codes: held, lost, unreachable, denied', parseExitChoices)
    .option('--outcome-fd <n>', 'write one line of JSON on how it went to this descriptor', parseFd)
    .option('--json', 'say what tenure has to say in JSON')
    .addHelpText('after', DETAILS)
    .action(async (resources: string[], options: RunOptions) => {
      process.exitCode = await runToEnd(resources, options, commandLine);
    });
}

async function runToEnd(
  resources: readonly string[],
  options: RunOptions,
  commandLine: readonly string[] | undefined,
): Promise<number> {
  const inheritedFds = findInheritedFds();
  if (options.outcomeFd !== undefined) checkOutcomeFd(options.outcomeFd, inheritedFds);
  const outcome = await attempt(resources, options, commandLine, inheritedFds);
  const exitCode = exitCodeOfOutcome(outcome, options.exitCode ?? {});
  if (options.outcomeFd !== undefined) writeOutcome(options.outcomeFd, outcome, exitCode);
  return exitCode;
}

/** Node's own descriptors look open too; only what the caller handed over is meant. */
function checkOutcomeFd(fd: number, inherited: readonly number[]): void {
  try {
    fstatSync(fd);
    if (fd <= 2 || inherited.includes(fd)) return;
  } catch {
    // Said below.
  }
  throw new UsageFailure(`descriptor ${fd} of --outcome-fd is not open; open it in the shell, like ${fd}>outcome.json`);
}

async function attempt(
  resources: readonly string[],
  options: RunOptions,
  commandLine: readonly string[] | undefined,
  inheritedFds: readonly number[],
): Promise<RunOutcome> {
  const json = options.json === true;
  const [command, ...args] = commandLine ?? [];
  if (command === undefined) {
    throw new UsageFailure('no command was given', 'write it after --, as in: tenure run demo -- make');
  }
  const resolved = resolveCommand(command, process.env['PATH']);
  if (resolved.kind !== 'found') {
    sayError(unresolvedFailure(command, resolved, 'no lease was taken'), json);
    return { outcome: resolved.kind };
  }

  const request: RunRequest = {
    task: options.task,
    resources,
    lease: {
      resource: resources,
      mode: options.mode,
      capacity: options.capacity,
      clientId: options.clientId,
      maxHoldMs: options.maxHold,
      liveness: 'process',
      handover: options.handover,
      reason: options.reason,
      metadata: options.label === undefined ? undefined : Object.fromEntries(options.label),
      priority: options.priority,
      inherit: options.inherit,
    },
    command: {
      // A name like `-x` would be the shell's option.
      command: command.startsWith('-') ? resolved.path : command,
      args,
      environment: process.env,
      inheritedFds,
      withheldFd: options.outcomeFd,
      onTerminal: isatty(0),
      killAfterMs: options.killAfter,
      onYield: options.onYield,
    },
    waitLine: json ? SILENT_WAIT : openWaitLine(process.stderr),
    onHeld: (held) => sayHeld(held, options),
  };
  try {
    const { wait } = options;
    return await withClient(
      (client, heldBackMs) =>
        run(client, { ...request, lease: { ...request.lease, wait: waitAfter(wait, heldBackMs) } }),
      { wait, json },
    );
  } catch (error) {
    const outcome = outcomeOfError(error);
    if (outcome === undefined) throw error;
    sayError(error, json);
    return outcome;
  }
}

function sayHeld({ results }: Extract<AcquireOutcome, { outcome: 'held' }>, options: RunOptions): void {
  if (options.json === true) {
    warn(JSON.stringify(acquireJson(results)));
    return;
  }
  // Who calls that a success wants no word of it, least of all mail from cron.
  if (options.exitCode?.held === 0) return;
  for (const { resource, outcome, staleInheritance } of results) {
    if (outcome?.$case !== 'held') continue;
    if (staleInheritance) warn(`tenure: the lease on ${printable(resource)} that a parent handed down has ended`);
    warn(`tenure: ${printable(resource)} is ${describeHeld(outcome.value)}`);
    const hint = ancestorHint(outcome.value, options.inherit);
    if (hint !== undefined) warn(`tenure: ${hint}`);
  }
  if (options.wait === undefined) warn('tenure: the command did not run; --wait 5m would queue for it');
  else warn('tenure: the wait ran out; the command did not run');
}
