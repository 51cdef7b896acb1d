import { constants } from 'node:os';
import type { RunEnd } from './runs/run_end.js';

/** As `tenure help exit-codes` lists them. */
export const ExitCode = {
  OK: 0,
  /** It failed without an exit code of its own, or what follows its success did. */
  FAILED: 1,
  USAGE: 64,
  NO_INPUT: 66,
  UNREACHABLE: 69,
  INTERNAL: 70,
  HELD: 75,
  LOST: 76,
  CONFIG: 78,
  TIMED_OUT: 124,
  NOT_FOUND: 127,
} as const;

/** The exit code of `--once`: the command's own where it had one. */
export function exitCodeOfEnd(end: RunEnd): number {
  switch (end.status) {
    case 'completed':
      return ExitCode.OK;
    case 'degraded':
      return ExitCode.FAILED;
    case 'skipped':
      return ExitCode.HELD;
    case 'failed':
      return exitCodeOfFailure(end);
  }
}

function exitCodeOfFailure({ reasonCode, exitCode, signal }: RunEnd): number {
  switch (reasonCode) {
    case 'timeout':
      return ExitCode.TIMED_OUT;
    case 'lease-acquire-error':
      return ExitCode.UNREACHABLE;
    case 'lease-lost':
      return ExitCode.LOST;
    case 'spawn-error':
      return ExitCode.NOT_FOUND;
    default:
      if (signal !== undefined) return 128 + constants.signals[signal];
      return exitCode === undefined || exitCode === 0 ? ExitCode.FAILED : exitCode;
  }
}
