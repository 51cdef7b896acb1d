import { ExitCode, exitCodeOf } from '../exit_codes.js';
import { UsageFailure } from '../failure.js';
import { HINTS } from '../hints.js';
import { style } from '../style.js';
import { table } from '../table.js';
import { CONTRACT_ERRORS } from './contract_errors.js';
import { OWN_ERRORS } from './own_errors.js';

/** A reason, as `tenure help errors` tells of it. */
interface KnownError {
  readonly reason: string;
  readonly exitCode: number;
  /** Empty: the command line's own. */
  readonly status: string;
  readonly text: string;
  readonly hint: string | undefined;
}

/** `tenure help errors`: all reasons; with one, all that is known of it. */
export function errorsHelp(reason: string | undefined): string {
  return reason === undefined ? describeAll(allErrors()) : describeOne(errorNamed(reason));
}

/** The same for `--json`. */
export function errorsJson(reason: string | undefined): object {
  return reason === undefined ? { errors: allErrors() } : errorNamed(reason);
}

/** Every reason with its meaning, for a shell that completes one. */
export function reasonsAndTexts(): readonly { readonly reason: string; readonly text: string }[] {
  return allErrors();
}

function errorNamed(reason: string): KnownError {
  const found = allErrors().find((each) => each.reason === reason.toUpperCase().replaceAll('-', '_'));
  if (found === undefined) throw new UsageFailure(`there is no reason ${reason}`, "'tenure help errors' lists all");
  return found;
}

function describeAll(known: readonly KnownError[]): string {
  const rows = known.map(({ reason, exitCode, text }) => [reason, String(exitCode), text]);
  return [
    'Reasons of errors, with the exit code of commands:',
    '',
    table(rows),
    '',
    'With --json an error is {"error":{"reason":…,"message":…,"hint":…}}. \'tenure help errors REASON\' says more',
    'of one; what exit codes mean: tenure help exit-codes.',
  ].join('\n');
}

function describeOne({ reason, exitCode, status, text, hint }: KnownError): string {
  const origin = status === '' ? "the command line's own" : `gRPC status ${status}`;
  return [
    `${style('bold', reason)}: exit code ${exitCode}, ${origin}`,
    `  ${text}`,
    ...(hint === undefined ? [] : [`  ${hint}`]),
  ].join('\n');
}

function allErrors(): readonly KnownError[] {
  const contract = entriesOf(CONTRACT_ERRORS).map(([reason, { status, text }]) => ({
    reason,
    exitCode: exitCodeOf(reason),
    status,
    text: plain(text),
    hint: HINTS[reason],
  }));
  const own = entriesOf(OWN_ERRORS).map(([reason, { exitCode, text }]) => ({
    reason,
    exitCode: ExitCode[exitCode],
    status: '',
    text: plain(text),
    hint: undefined,
  }));
  return [...contract, ...own].sort((a, b) => a.reason.localeCompare(b.reason));
}

/** Commands stand in quotes on a terminal, and in backticks in documents. */
function plain(text: string): string {
  return text.replaceAll('`', "'");
}

function entriesOf<K extends string, V>(record: Readonly<Record<K, V>>): readonly (readonly [K, V])[] {
  const isKey = (key: string): key is K => Object.hasOwn(record, key);
  return Object.keys(record)
    .filter(isKey)
    .map((key) => [key, record[key]]);
}
