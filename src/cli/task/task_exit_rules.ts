import { type TaskRun, TaskRunStatus } from '@tenure/client';
import { ExitCode } from '../exit_codes.js';

/** The exit code of a command that stands for a run that has ended. */
export function exitCodeOfRun({ status, reasonCode, exitCode, signal }: TaskRun): number {
  switch (status) {
    case TaskRunStatus.COMPLETED:
      return ExitCode.OK;
    case TaskRunStatus.SKIPPED:
    // The wait for it ran out.
    case TaskRunStatus.WAITING:
    case TaskRunStatus.RUNNING:
      return ExitCode.HELD;
    case TaskRunStatus.FAILED:
      if (reasonCode === 'timeout') return ExitCode.TIMED_OUT;
      if (reasonCode === 'outcome-unknown' || reasonCode === 'lease-lost') return ExitCode.LOST;
      if (reasonCode === 'lease-acquire-error') return ExitCode.UNREACHABLE;
      if (signal !== 0) return 128 + signal;
      return exitCode === undefined || exitCode === 0 ? ExitCode.FAILED : exitCode;
    default:
      return ExitCode.FAILED;
  }
}
