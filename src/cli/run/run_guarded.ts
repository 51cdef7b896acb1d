import { constants } from 'node:os';
import { childEnvironment, type HeldLease, type Hold, isTenureError, LeaseEnd, LeaseLostError } from '@tenure/client';
import { endJson } from '../lease/lease_json.js';
import { warn } from '../output.js';
import { type CommandExit, watchCommand } from './command_life.js';
import { type GatedChild, spawnGated } from './gate.js';
import type { RunOutcome } from './outcome.js';
import { groupExists, groupMembers } from './process_group.js';
import { forwardToGroup, leaveToTerminal } from './signals.js';

/**
 * Longest time to wait for the daemon's word on a release, in milliseconds.
 * Past it, the end of this process ends the lease as well.
 */
const RELEASE_MS = 2_000;

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
}

/** Runs the command behind the gate, ends it when a lease is lost, and gives the leases back after it. */
export async function runGuarded(
  hold: Hold,
  leases: readonly HeldLease[],
  guarded: GuardedCommand,
): Promise<RunOutcome> {
  const ownGroup = !guarded.onTerminal;
  const gated = spawnGated({
    command: guarded.command,
    args: guarded.args,
    environment: childEnvironment(
      leases.map((lease) => lease.inheritToken),
      guarded.environment,
    ),
    passFds: guarded.inheritedFds.filter((fd) => fd !== guarded.withheldFd),
    busyFds: guarded.inheritedFds,
    ownGroup,
  });
  const life = watchCommand(gated.child, ownGroup);
  // Without a pid there is nothing to attach; `exited` rejects and says why.
  const pid = gated.child.pid;
  if (pid === undefined) return await life.exited.then(outcomeOfExit);

  const stopSignals = ownGroup ? forwardToGroup(pid) : leaveToTerminal(pid);
  const losses = watchLosses(hold, leases, () => life.end(guarded.killAfterMs));
  try {
    await openGate(hold, leases, gated, pid);
    const exit = await life.exited;
    await losses.dealtWith();
    if (losses.resources.length > 0) return { outcome: 'lost', resources: losses.resources };
    if (ownGroup && groupExists(pid)) await attachLeftBehind(hold, leases, pid);
    const lost = await releaseAll(hold, leases);
    if (lost.length === 0) return outcomeOfExit(exit);
    // The daemon ended the command before its word on the loss came.
    for (const { resource, end } of lost)
      warn(`tenure: the lease on ${resource} ended before the command did (${end})`);
    await life.end(guarded.killAfterMs);
    return { outcome: 'lost', resources: lost.map(({ resource }) => resource) };
  } finally {
    gated.abandon();
    losses.stop();
    stopSignals();
  }
}

interface Losses {
  readonly resources: readonly string[];
  /** Resolves once what a loss set going is through. */
  dealtWith(): Promise<void>;
  stop(): void;
}

function watchLosses(hold: Hold, leases: readonly HeldLease[], end: () => Promise<void>): Losses {
  const resources: string[] = [];
  let ending: Promise<void> = Promise.resolve();
  let warned = false;
  const lose = (error: LeaseLostError): void => {
    resources.push(error.resource);
    warn(`tenure: ${error.message}; ending the command`);
    if (resources.length === 1) ending = end();
  };
  const stops = [
    hold.onLost(lose),
    hold.onJeopardy(() => {
      if (warned) return;
      warned = true;
      warn('tenure: the daemon is away; the command goes on and its lease is taken up again when the daemon is back');
    }),
  ];
  // A loss between the grant and this moment was told to nobody.
  for (const { signal } of leases) {
    if (signal.aborted && signal.reason instanceof LeaseLostError) lose(signal.reason);
  }
  return {
    resources,
    dealtWith: () => ending,
    stop: () => {
      for (const stop of stops) stop();
    },
  };
}

/** Lets the command run once the daemon knows its pid; otherwise it ends at the gate. */
async function openGate(hold: Hold, leases: readonly HeldLease[], gated: GatedChild, pid: number): Promise<void> {
  try {
    const own = leases.filter((lease) => lease.outcome === 'granted');
    await Promise.all(own.map((lease) => hold.attach(lease, pid)));
  } catch (error) {
    gated.abandon();
    // A signal ended it at the gate, and its exit tells.
    if (isTenureError(error, 'NOT_ATTACHABLE') && gated.child.signalCode !== null) return;
    throw error;
  }
  if (leases.every((lease) => lease.state !== 'lost')) gated.open();
}

/**
 * What the command left running in its group keeps the resource: it is
 * attached, so that the release leaves the lease draining until it is gone.
 */
async function attachLeftBehind(hold: Hold, leases: readonly HeldLease[], groupId: number): Promise<void> {
  const own = leases.filter((lease) => lease.outcome === 'granted');
  const attaching = groupMembers(groupId).flatMap((pid) => own.map((lease) => hold.attach(lease, pid)));
  for (const attached of await Promise.allSettled(attaching)) {
    if (attached.status === 'fulfilled') continue;
    // Gone since it was listed; or the lease is, which the release says.
    if (isTenureError(attached.reason, 'NOT_ATTACHABLE') || isTenureError(attached.reason, 'LEASE_ENDED')) continue;
    warn(`tenure: a process that the command left behind is not known to the daemon: ${attached.reason}`);
  }
}

interface EndedLease {
  readonly resource: string;
  /** How, in a word. */
  readonly end: string;
}

/** Gives the leases back; answers those that had ended before, by another's doing. */
async function releaseAll(hold: Hold, leases: readonly HeldLease[]): Promise<readonly EndedLease[]> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), RELEASE_MS);
  });
  const releasing = Promise.allSettled(
    leases.map(async (lease) => ({ resource: lease.lease.resource, outcome: await hold.release(lease) })),
  );
  const released = await Promise.race([releasing, tooLong]);
  clearTimeout(timer);
  return (released ?? []).flatMap((one) => {
    // The daemon is away: the end of this process tells it.
    if (one.status === 'rejected' || one.value.outcome.outcome !== 'ended') return [];
    const { end } = one.value.outcome;
    return end === LeaseEnd.RELEASED ? [] : [{ resource: one.value.resource, end: endJson(end) }];
  });
}

function outcomeOfExit(exit: CommandExit): RunOutcome {
  if (exit.signal !== null) return { outcome: 'signalled', signal: exit.signal };
  return { outcome: 'completed', exitCode: exit.code ?? 128 + constants.signals.SIGKILL };
}
