import type { Client, HeldLease } from '@tenure/client';
import { freeGateFd, type LeasedOutcome, type LeaseNews, runUnderLeases } from '@tenure/client/command';
import { UsageFailure } from '../failure.js';
import { endJson } from '../lease/lease_json.js';
import { warn } from '../output.js';
import { outcomeOfExit, type RunOutcome } from './outcome.js';
import { sayNotStarted } from './say_not_started.js';
import { passSignals } from './signals.js';
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

/** Runs the command under the leases and gives them back after it; signals reach it meanwhile. */
export async function runGuarded(
  client: Client,
  leases: readonly HeldLease[],
  guarded: GuardedCommand,
  onStart: (pid: number) => void,
): Promise<RunOutcome> {
  const { command, args, environment, inheritedFds, withheldFd, onTerminal, killAfterMs } = guarded;
  if (freeGateFd(inheritedFds) === undefined) {
    throw new UsageFailure('descriptors 3 to 9 are all in use; close one of them for tenure run');
  }
  const ownGroup = !onTerminal;
  const stops: (() => void)[] = [];
  try {
    const ended = await runUnderLeases({
      client,
      leases,
      command: {
        command,
        args,
        environment,
        passFds: inheritedFds.filter((fd) => fd !== withheldFd),
        busyFds: inheritedFds,
        ownGroup,
        killAfterMs,
      },
      onStart: ({ pid }) => {
        onStart(pid);
        stops.push(
          passSignals(pid, ownGroup),
          watchYieldWishes(client.hold(), leases, { pid, ownGroup, signal: guarded.onYield }),
        );
      },
      onNews: (news) => warn(`tenure: ${describeNews(news)}`),
    });
    return outcomeOf(ended);
  } finally {
    for (const stop of stops) stop();
  }
}

function outcomeOf(ended: LeasedOutcome): RunOutcome {
  switch (ended.outcome) {
    case 'exited':
      return outcomeOfExit(ended.exit);
    case 'lost':
      return ended;
    case 'not-started':
      sayNotStarted(ended.error);
      return { outcome: 'not-executable' };
  }
}

function describeNews(news: LeaseNews): string {
  switch (news.kind) {
    case 'lost':
      return `${news.error.message}; ending the command`;
    case 'away':
      return 'the daemon is away; the command goes on, and so does its lease when the daemon is back';
    case 'ended-before':
      return `the lease on ${news.resource} ended before the command did (${endJson(news.end)})`;
    case 'left-unknown':
      return `a process that the command left behind is not known to the daemon: ${news.error}`;
  }
}
