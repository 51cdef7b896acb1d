import { debuglog } from 'node:util';
import type { Reason, TenureError } from '@tenure/client';
import { CommanderError } from 'commander';
import type { OwnReason } from './errors/own_errors.js';
import { ExitCode, exitCodeOf } from './exit_codes.js';
import { Failure } from './failure.js';
import { HINTS } from './hints.js';
import { meantCommand } from './meant_command.js';
import { printJson, warn } from './output.js';

const debug = debuglog('tenure');
const OWN_FAULT = 'this is a fault of tenure itself; with NODE_DEBUG=tenure it says where it comes from';

/** The one shape of errors in `--json`: `{"error":{"reason","message","hint"}}`. */
export interface ErrorReport {
  readonly reason: OwnReason | Reason;
  readonly message: string;
  readonly hint: string | undefined;
  readonly exitCode: number;
}

/** By its name, for the client is loaded only by the commands that need it. */
function isTenureError(error: unknown): error is TenureError {
  return (
    error instanceof Error && (error.name === 'TenureError' || error.name === 'LeaseLostError') && 'reason' in error
  );
}

/** The command that was being read. */
export interface NamedCommand {
  /** Such as `lease`, `get`. */
  readonly words: readonly string[];
  /** The names of the commands below it. */
  readonly children: readonly string[];
}

const NO_COMMAND: NamedCommand = { words: [], children: [] };

export function reportOf(error: unknown, command: NamedCommand = NO_COMMAND): ErrorReport {
  if (error instanceof Failure) return error;
  if (error instanceof CommanderError) {
    // A second line is commander's guess at what was meant. What follows an option's `=` may be a value: it is not told.
    const text = error.code === 'commander.unknownOption' ? error.message.replace(/=.*'/s, "'") : error.message;
    const [message = '', guess] = text.replace(/^error: /, '').split('\n');
    return {
      reason: 'USAGE',
      message,
      hint: guessedHint(error, guess, command) ?? `see '${['tenure', ...command.words].join(' ')} --help'`,
      exitCode: ExitCode.USAGE,
    };
  }
  if (isTenureError(error)) {
    const { reason, message } = error;
    return { reason, message, hint: HINTS[reason], exitCode: exitCodeOf(reason) };
  }
  debug('%o', error);
  const [message = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
  return { reason: 'INTERNAL', message, hint: OWN_FAULT, exitCode: ExitCode.INTERNAL };
}

/** The same error, with what to do about it in this very case. */
export function withHint(error: unknown, hint: string): Failure {
  const { reason, exitCode, message } = reportOf(error);
  return new Failure(reason, exitCode, message, hint);
}

/** @param guess commander's, which is by spelling alone. */
function guessedHint(
  { code, message }: CommanderError,
  guess: string | undefined,
  { words, children }: NamedCommand,
): string | undefined {
  if (code !== 'commander.unknownCommand') return guess?.slice(1, -1);
  const word = /^error: unknown command '([^'\n]*)'/.exec(message)?.[1] ?? '';
  const meant = meantCommand(words, word, children);
  return meant === undefined ? undefined : `did you mean 'tenure ${meant}'?`;
}

export function errorJson(report: ErrorReport): object {
  const { reason, message, hint } = report;
  return { error: { reason, message, ...(hint === undefined ? {} : { hint }) } };
}

/** Tells a person on standard error, a script on standard output: with `--json` that has exactly one document. */
export async function printReport(report: ErrorReport, json: boolean): Promise<void> {
  if (json) await printJson(errorJson(report));
  else warnReport(report);
}

export function warnReport(report: ErrorReport): void {
  warn(`tenure: ${report.message}`);
  if (report.hint !== undefined) warn(`tenure: ${report.hint}`);
}
