import type { Client } from '../client.js';
import { childEnvironment } from '../environment.js';
import { isTenureError, type LeaseLostError } from '../errors.js';
import type { LeaseEnd } from '../gen/tenure/lease/v1/lease.js';
import type { HeldLease } from '../held_lease.js';
import { attachCommand, attachLeftBehind } from './attach_command.js';
import type { CommandExit, CommandLife } from './command_life.js';
import { type GatedChild, spawnGated } from './gate.js';
import { giveBack } from './give_back.js';
import { type Losses, watchLosses } from './lease_losses.js';
import { groupExists } from './process_group.js';
import { type StandardFds, type StartedCommand, startCommand } from './start_command.js';

export interface LeasedCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** What the command gets besides TENURE_LEASES. */
  readonly environment: NodeJS.ProcessEnv;
  /** Default: the caller's. */
  readonly cwd?: string | undefined;
  /** Default: the caller's own. */
  readonly standardFds?: StandardFds | undefined;
  /** Descriptors from 3 up that the command is to get as they are. Default: none. */
  readonly passFds?: readonly number[] | undefined;
  /** Descriptors from 3 up that the gate must leave alone; `passFds` among them. Default: none. */
  readonly busyFds?: readonly number[] | undefined;
  /** Whether it leads a session, and so a process group, of its own; else it shares the caller's. */
  readonly ownGroup: boolean;
  /** Milliseconds from TERM to KILL once a lease is lost. */
  readonly killAfterMs: number;
}

/** What befalls the leases while the command runs, for whoever tells a person. */
export type LeaseNews =
  /** A lease is lost; the command is being ended. */
  | { readonly kind: 'lost'; readonly error: LeaseLostError }
  /** The daemon went away. The command goes on, and so does its lease when the daemon is back. Told once. */
  | { readonly kind: 'away' }
  /** The daemon ended the command with the lease before its word on the loss came. */
  | { readonly kind: 'ended-before'; readonly resource: string; readonly end: LeaseEnd }
  /** A process that the command left behind could not be attached. */
  | { readonly kind: 'left-unknown'; readonly error: unknown };

export interface LeasedRun {
  readonly client: Client;
  /** As the hold of this client granted them, of liveness `process`. From now on they are the run's, which gives them back. */
  readonly leases: readonly HeldLease[];
  readonly command: LeasedCommand;
  /** Told the process as soon as there is one, before the command runs. */
  readonly onStart: (started: StartedCommand) => void;
  readonly onNews: (news: LeaseNews) => void;
}

/** How a command under leases came to its end. The leases are given back in all of them, and when it throws. */
export type LeasedOutcome =
  | { readonly outcome: 'exited'; readonly exit: CommandExit }
  /** A lease was gone before the command was; the command was ended. */
  | { readonly outcome: 'lost'; readonly resources: readonly string[] }
  /** The system has no process for it: too many, or too much environment. */
  | { readonly outcome: 'not-started'; readonly error: unknown };

/**
 * Runs the command behind the gate, ends it when a lease is lost, and gives
 * the leases back after it. What the command left running in a group of its
 * own stays attached, and so keeps the resource.
 *
 * @throws LeaseLostError or TenureError where the command could not be
 *   attached; it did not run then.
 */
export async function runUnderLeases({ client, leases, command, onStart, onNews }: LeasedRun): Promise<LeasedOutcome> {
  const hold = client.hold();
  const { ownGroup, killAfterMs } = command;
  const begun = await startGated(command, leases);
  if ('error' in begun) {
    await giveBack(client, leases);
    return { outcome: 'not-started', error: begun.error };
  }
  const { gated, pid, life } = begun;
  const losses = watchLosses(hold, leases, () => life.end(killAfterMs), onNews);
  try {
    onStart({ pid, life });
    await attachAndOpen(() => attachCommand(hold, leases, pid), losses, gated, life);
    const exit = await life.exited;
    await losses.dealtWith();
    if (losses.resources.length > 0) return { outcome: 'lost', resources: losses.resources };
    if (ownGroup && groupExists(pid)) {
      for (const error of await attachLeftBehind(hold, leases, pid)) onNews({ kind: 'left-unknown', error });
    }
    const ended = await giveBack(client, leases);
    if (ended.length === 0) return { outcome: 'exited', exit };
    for (const one of ended) onNews({ kind: 'ended-before', ...one });
    await life.end(killAfterMs);
    return { outcome: 'lost', resources: ended.map(({ resource }) => resource) };
  } catch (error) {
    gated.abandon();
    await giveBack(client, leases);
    throw error;
  } finally {
    gated.abandon();
    losses.stop();
  }
}

/** Lets the command run once the daemon knows its pid; otherwise it ends at the gate. */
async function attachAndOpen(
  attach: () => Promise<void>,
  losses: Losses,
  gated: GatedChild,
  life: CommandLife,
): Promise<void> {
  try {
    await attach();
  } catch (error) {
    gated.abandon();
    // A signal ended it at the gate: the daemon may see that before this process does, and the exit tells.
    if (isTenureError(error, 'NOT_ATTACHABLE') && (await life.exited).signal !== null) return;
    throw error;
  }
  // A loss is ending it already.
  if (losses.resources.length === 0) gated.open();
}

async function startGated(
  { command, args, environment, cwd, standardFds, passFds = [], busyFds = [], ownGroup }: LeasedCommand,
  leases: readonly HeldLease[],
): Promise<({ readonly gated: GatedChild } & StartedCommand) | { readonly error: unknown }> {
  const tokens = leases.map((lease) => lease.inheritToken);
  let gated: GatedChild | undefined;
  const started = await startCommand(() => {
    gated = spawnGated({
      command,
      args,
      environment: childEnvironment(tokens, environment),
      cwd,
      standardFds,
      passFds,
      busyFds,
      ownGroup,
    });
    return gated.child;
  }, ownGroup);
  if ('error' in started) return started;
  return gated === undefined ? { error: new Error('nothing was started') } : { gated, ...started };
}
