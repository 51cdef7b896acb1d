import { setTimeout as delay } from 'node:timers/promises';
import { ExitCode } from '../exit_codes.js';
import { Failure } from '../failure.js';
import { findAnsweringDaemon, isRunning, type RunningDaemon } from './running_daemon.js';

/** How often the daemon's end is looked for, in milliseconds. */
const LOOK_MS = 20;

/** Asks the daemon to end in order and waits for it; undefined where none runs. */
export async function stopDaemon(timeoutMs: number): Promise<RunningDaemon | undefined> {
  const daemon = await findAnsweringDaemon();
  if (daemon === undefined) return undefined;
  try {
    process.kill(daemon.pid, 'SIGTERM');
  } catch (error) {
    if (!isRunning(daemon)) return daemon;
    throw new Failure('DENIED', ExitCode.DENIED, `the daemon (pid ${daemon.pid}) can't be signalled: ${String(error)}`);
  }
  const deadline = performance.now() + timeoutMs;
  while (isRunning(daemon)) {
    if (performance.now() > deadline) {
      throw new Failure(
        'STILL_RUNNING',
        ExitCode.UNREACHABLE,
        `the daemon (pid ${daemon.pid}) has not ended yet; it finishes what is under way`,
        "wait longer with --timeout, and see 'tenure daemon logs'",
      );
    }
    await delay(LOOK_MS);
  }
  return daemon;
}
