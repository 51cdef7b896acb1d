import type { Reason } from '@tenure/client';
import type { OwnReason } from './errors/own_errors.js';
import { ExitCode } from './exit_codes.js';

/** An end that the command line itself decided on: a message, what to do, and an exit code. */
export class Failure extends Error {
  override readonly name: string = 'Failure';
  /** For `--json`; one of the contract's, or of the command line's own. */
  readonly reason: OwnReason | Reason;
  readonly exitCode: number;
  readonly hint: string | undefined;

  constructor(reason: OwnReason | Reason, exitCode: number, message: string, hint?: string) {
    super(message);
    this.reason = reason;
    this.exitCode = exitCode;
    this.hint = hint;
  }
}

/** The command was written wrongly. */
export class UsageFailure extends Failure {
  override readonly name = 'UsageFailure';

  constructor(message: string, hint?: string) {
    super('USAGE', ExitCode.USAGE, message, hint);
  }
}
