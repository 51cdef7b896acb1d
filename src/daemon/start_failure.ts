/** Exit codes of the daemon, after sysexits(3). */
export const ExitCode = {
  CLEAN: 0,
  USAGE: 64,
  INTERNAL: 70,
  CANNOT_CREATE: 73,
  STORE_FAILED: 74,
  ALREADY_RUNNING: 75,
  CONFIG: 78,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** Why the daemon can't start, in words for the person who started it. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The failure that another daemon is in the way; its pid where it could be found. */
export function alreadyRunning(pid: number | undefined): StartFailure {
  return new StartFailure(
    ExitCode.ALREADY_RUNNING,
    pid === undefined ? 'tenured is already running' : `tenured is already running (pid ${pid})`,
  );
}
