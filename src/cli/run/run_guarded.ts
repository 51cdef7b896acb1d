import { type Client, childEnvironment, type HeldLease, isTenureError, type LeaseOptions } from '@tenure/client';
import { warn } from '../output.js';
import { attachCommand, attachLeftBehind } from './attach_command.js';
import type { CommandLife } from './command_life.js';
import { type GatedChild, spawnGated } from './gate.js';
import { giveBack } from './give_back.js';
import { watchLosses } from './losses.js';
import { outcomeOfExit, type RunOutcome } from './outcome.js';
import { groupExists } from './process_group.js';
import { passSignals } from './signals.js';
import { startCommand } from './start_command.js';
import { watchYieldWishes } from './yield_wishes.js';

export interface GuardedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** Descriptors from 3 up that this process was started with. */
  readonly inheritedFds: readonly number[];
  /** Of these, the one that the command is not to get: it is for the outcome. */
  readonly withheldFd: number | undefined;
  /** Whether standard input is a terminal, which the command then shares with this process. */
  readonly onTerminal: boolean;
  /** Milliseconds from TERM to KILL once a lease is lost. */
  readonly killAfterMs: number;
  /** What it gets when somebody asks for a lease; undefined: nothing. */
  readonly onYield: NodeJS.Signals | undefined;
}

/** Runs the command behind the gate, ends it when a lease is lost, and gives the leases back after it. */
export async function runGuarded(
  client: Client,
  leases: readonly HeldLease[],
  wish: LeaseOptions,
  guarded: GuardedCommand,
): Promise<RunOutcome> {
  const hold = client.hold();
  const ownGroup = !guarded.onTerminal;
  const started = await start(leases, guarded, ownGroup);
  if (started === undefined) {
    await giveBack(client, leases);
    return { outcome: 'not-executable' };
  }
  const { gated, pid, life } = started;
  const stopSignals = passSignals(pid, ownGroup);
  const losses = watchLosses(hold, leases, () => life.end(guarded.killAfterMs));
  const stopYielding = watchYieldWishes(hold, leases, { pid, ownGroup, signal: guarded.onYield });
  try {
    await attachAndOpen(() => attachCommand(hold, leases, wish, pid), leases, gated);
    const exit = await life.exited;
    await losses.dealtWith();
    if (losses.resources.length > 0) return { outcome: 'lost', resources: losses.resources };
    if (ownGroup && groupExists(pid)) await attachLeftBehind(hold, leases, pid);
    const ended = await giveBack(client, leases);
    if (ended.length === 0) return outcomeOfExit(exit);
    // The daemon ended the command before its word on the loss came.
    for (const { resource, end } of ended) {
      warn(`tenure: the lease on ${resource} ended before the command did (${end})`);
    }
    await life.end(guarded.killAfterMs);
    return { outcome: 'lost', resources: ended.map(({ resource }) => resource) };
  } finally {
    gated.abandon();
    losses.stop();
    stopYielding();
    stopSignals();
  }
}

/** Lets the command run once the daemon knows its pid; otherwise it ends at the gate. */
async function attachAndOpen(
  attach: () => Promise<void>,
  leases: readonly HeldLease[],
  gated: GatedChild,
): Promise<void> {
  try {
    await attach();
  } catch (error) {
    gated.abandon();
    // A signal ended it at the gate, and its exit tells.
    if (isTenureError(error, 'NOT_ATTACHABLE') && gated.child.signalCode !== null) return;
    throw error;
  }
  if (leases.every((lease) => lease.state !== 'lost')) gated.open();
}

/** Puts the command behind the gate; undefined where the system has no process for it. */
async function start(
  leases: readonly HeldLease[],
  guarded: GuardedCommand,
  ownGroup: boolean,
): Promise<{ readonly gated: GatedChild; readonly pid: number; readonly life: CommandLife } | undefined> {
  const tokens = leases.map((lease) => lease.inheritToken);
  let gated: GatedChild | undefined;
  const started = await startCommand(() => {
    gated = spawnGated({
      command: guarded.command,
      args: guarded.args,
      environment: childEnvironment(tokens, guarded.environment),
      passFds: guarded.inheritedFds.filter((fd) => fd !== guarded.withheldFd),
      busyFds: guarded.inheritedFds,
      ownGroup,
    });
    return gated.child;
  }, ownGroup);
  return started === undefined || gated === undefined ? undefined : { gated, ...started };
}
