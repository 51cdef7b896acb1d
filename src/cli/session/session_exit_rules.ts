import { type Session, SessionOutcome, SessionState } from '@tenure/client';
import { ExitCode } from '../exit_codes.js';

/** As a shell says it of a command that Ctrl-C ended. */
const CANCELLED = 130;
/** As in the table of outcomes, for one that has no exit code of its own. */
const INFRASTRUCTURE = 6;

/** What who waits for a session ends with. */
export function exitCodeOfSession({ state, outcome, exitCode, signal }: Session): number {
  // Somebody stopped waiting for it.
  if (state !== SessionState.ENDED) return ExitCode.HELD;
  switch (outcome) {
    case SessionOutcome.SUCCESS:
      return ExitCode.OK;
    case SessionOutcome.SIGNAL:
      return 128 + signal;
    case SessionOutcome.TIMED_OUT:
    case SessionOutcome.STALLED:
      return ExitCode.TIMED_OUT;
    case SessionOutcome.CANCELLED:
      return CANCELLED;
    case SessionOutcome.NOT_EXECUTABLE:
      return ExitCode.NOT_EXECUTABLE;
    case SessionOutcome.NOT_FOUND:
      return ExitCode.NOT_FOUND;
    case SessionOutcome.INFRASTRUCTURE:
      return exitCode ?? INFRASTRUCTURE;
    case SessionOutcome.FAILURE:
    case SessionOutcome.USAGE:
    case SessionOutcome.BLOCKED:
    case SessionOutcome.NOTHING_READY:
    case SessionOutcome.WORK_FAILED:
      // An agent may end with 0 and say all the same that it failed.
      return exitCode === undefined || exitCode === 0 ? ExitCode.FAILED : exitCode;
    case SessionOutcome.EXIT_UNKNOWN:
    // Found, not launched here: nobody saw how it ended.
    case SessionOutcome.UNSPECIFIED:
    case SessionOutcome.UNRECOGNIZED:
      return ExitCode.LOST;
  }
}
