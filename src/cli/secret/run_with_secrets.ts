import { type Client, describeEnd } from '@tenure/client';
import { type PlainCommand, spawnPlain, startCommand } from '@tenure/client/command';
import { describeDuration } from '@tenure/client/duration-text';
import { ExitCode } from '../exit_codes.js';
import { exitCodeOfOutcome, outcomeOfExit } from '../run/outcome.js';
import { sayNotStarted } from '../run/say_not_started.js';
import { passSignals } from '../run/signals.js';
import { printable } from '../style.js';
import { KeptLeases } from './kept_leases.js';
import type { LentSecret } from './lent_secrets.js';

/** From TERM to KILL, in milliseconds. */
const KILL_AFTER_MS = 5_000;

export interface RunWithSecrets {
  readonly client: Client;
  /** Kept in force while the command runs. */
  readonly lent: readonly LentSecret[];
  readonly command: PlainCommand;
  /** Longest time that the command may run; undefined: as long as it likes. */
  readonly limitMs: number | undefined;
  /** Tells what the user is to know, such as that the daemon is away. */
  readonly notice: (message: string) => void;
}

/** Runs the command to its end, or ends it with its leases or at its limit. Answers the exit code. */
export async function runWithSecrets({ client, lent, command, limitMs, notice }: RunWithSecrets): Promise<number> {
  const { ownGroup } = command;
  const started = await startCommand(() => spawnPlain(command), ownGroup);
  if ('error' in started) {
    sayNotStarted(started.error);
    return ExitCode.NOT_EXECUTABLE;
  }
  const { pid, life } = started;
  const stopSignals = passSignals(pid, ownGroup);

  let ending: { readonly exitCode: number; readonly done: Promise<void> } | undefined;
  const end = (exitCode: number, why: string): void => {
    if (ending !== undefined) return;
    notice(`${why}; ending the command`);
    ending = { exitCode, done: life.end(KILL_AFTER_MS) };
  };
  const timer =
    limitMs === undefined
      ? undefined
      : setTimeout(() => end(ExitCode.TIMED_OUT, `the time of --ttl (${describeDuration(limitMs)}) is over`), limitMs);
  // A lease need not outlive the command that it is for.
  const longestTtlMs = limitMs === undefined ? undefined : limitMs + KILL_AFTER_MS;
  const kept = new KeptLeases(
    client,
    lent,
    {
      lost: (name, how) =>
        end(ExitCode.LOST, `the lease on the secret ${printable(name)} is gone (${describeEnd(how)})`),
      away: () => notice('the daemon is away; the command goes on, and its leases are renewed when it is back'),
      unwatched: (error) => {
        const why = error instanceof Error ? error.message : String(error);
        notice(`leases can't be watched (${why}); a revocation shows at the next renewal only`);
      },
    },
    longestTtlMs,
  );
  try {
    const exit = await life.exited;
    await ending?.done;
    return ending?.exitCode ?? exitCodeOfOutcome(outcomeOfExit(exit), {});
  } finally {
    clearTimeout(timer);
    stopSignals();
    await kept.close();
  }
}
