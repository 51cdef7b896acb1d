import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import { isTenureError, LeaseLostError } from '@tenure/client';
import type { CommandExit } from '@tenure/client/command';
import { ExitCode, exitCodeOf } from '../exit_codes.js';
import { Failure, UsageFailure } from '../failure.js';
import { warn } from '../output.js';

/** How a run came to its end. */
export type RunOutcome =
  | { readonly outcome: 'completed'; readonly exitCode: number }
  | { readonly outcome: 'signalled'; readonly signal: NodeJS.Signals }
  | { readonly outcome: 'held'; readonly reason?: string }
  | { readonly outcome: 'lost'; readonly resources: readonly string[] }
  | { readonly outcome: 'unreachable'; readonly reason: string }
  | { readonly outcome: 'denied'; readonly reason: string }
  | { readonly outcome: 'not-found' }
  | { readonly outcome: 'not-executable' }
  | { readonly outcome: 'refused'; readonly reason: string; readonly exitCode: number };

/** The outcomes whose exit code a caller may choose. */
const CHOOSABLE = {
  held: ExitCode.HELD,
  lost: ExitCode.LOST,
  unreachable: ExitCode.UNREACHABLE,
  denied: ExitCode.DENIED,
} as const;

export type ExitChoices = Readonly<Partial<Record<keyof typeof CHOOSABLE, number>>>;

function isChoosable(name: string): name is keyof typeof CHOOSABLE {
  return Object.hasOwn(CHOOSABLE, name);
}

/** For `--exit-code held=N,lost=N`; may be given more than once. */
export function parseExitChoices(text: string, before: ExitChoices = {}): ExitChoices {
  const chosen: Partial<Record<keyof typeof CHOOSABLE, number>> = { ...before };
  for (const part of text.split(',')) {
    const [name = '', code = ''] = part.split('=', 2);
    if (!isChoosable(name) || !/^\d{1,3}$/.test(code) || Number(code) > 255) {
      throw new UsageFailure(
        `'${part}' is no exit code; write held=N, lost=N, unreachable=N or denied=N with N from 0 to 255`,
      );
    }
    chosen[name] = Number(code);
  }
  return chosen;
}

export function exitCodeOfOutcome(outcome: RunOutcome, choices: ExitChoices): number {
  switch (outcome.outcome) {
    case 'completed':
    case 'refused':
      return outcome.exitCode;
    case 'signalled':
      return 128 + constants.signals[outcome.signal];
    case 'not-found':
      return ExitCode.NOT_FOUND;
    case 'not-executable':
      return ExitCode.NOT_EXECUTABLE;
    case 'held':
    case 'lost':
    case 'unreachable':
    case 'denied':
      return choices[outcome.outcome] ?? CHOOSABLE[outcome.outcome];
  }
}

/** The outcome of a command that ended by itself. */
export function outcomeOfExit(exit: CommandExit): RunOutcome {
  if (exit.signal !== null) return { outcome: 'signalled', signal: exit.signal };
  return { outcome: 'completed', exitCode: exit.code ?? 128 + constants.signals.SIGKILL };
}

/** The outcome that an error of the acquire stands for. */
export function outcomeOfError(error: unknown): RunOutcome | undefined {
  if (error instanceof Failure) return { outcome: 'refused', reason: error.reason, exitCode: error.exitCode };
  if (!isTenureError(error)) return undefined;
  const { reason } = error;
  const exitCode = exitCodeOf(reason);
  switch (exitCode) {
    case ExitCode.HELD:
      return { outcome: 'held', reason };
    case ExitCode.LOST:
      return { outcome: 'lost', resources: error instanceof LeaseLostError ? [error.resource] : [] };
    case ExitCode.UNREACHABLE:
      return { outcome: 'unreachable', reason };
    case ExitCode.DENIED:
      return { outcome: 'denied', reason };
    default:
      return { outcome: 'refused', reason, exitCode };
  }
}

/** Writes the one line of `--outcome-fd`. */
export function writeOutcome(fd: number, outcome: RunOutcome, exitCode: number): void {
  try {
    writeSync(fd, `${JSON.stringify({ ...outcome, exitCode })}\n`);
  } catch {
    warn(`tenure: the outcome could not be written to descriptor ${fd}; its reader is gone`);
  }
}
