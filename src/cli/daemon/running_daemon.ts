import { type DaemonRecord, locateDaemon, startTicksOf } from '@tenure/client';
import { withClient } from '../connection.js';

/** The daemon as a process: pid and start time are its identity, the pid alone may be another's by now. */
export interface RunningDaemon {
  readonly pid: number;
  readonly startTicks: number;
}

/** The daemon that `daemon.json` names; undefined where it is gone, or none has run yet. */
export function findRunningDaemon(record: DaemonRecord | undefined = locateDaemon().record): RunningDaemon | undefined {
  const { pid, startTicks } = record ?? {};
  if (pid === undefined || startTicks === undefined || pid < 1) return undefined;
  const daemon = { pid, startTicks };
  return isRunning(daemon) ? daemon : undefined;
}

/**
 * As `findRunningDaemon`; where `daemon.json` does not name it, for the disk was
 * full when it started, by whoever answers on the socket.
 */
export async function findAnsweringDaemon(record = locateDaemon().record): Promise<RunningDaemon | undefined> {
  const daemon = findRunningDaemon(record);
  if (daemon !== undefined) return daemon;
  try {
    const { status } = await withClient((client) => client.health.getStatus(), { start: false });
    const startTicks = status === undefined ? undefined : startTicksOf(status.pid);
    return status === undefined || startTicks === undefined ? undefined : { pid: status.pid, startTicks };
  } catch {
    // Nobody, or nobody that may be trusted.
    return undefined;
  }
}

export function isRunning({ pid, startTicks }: RunningDaemon): boolean {
  return startTicksOf(pid) === startTicks;
}
