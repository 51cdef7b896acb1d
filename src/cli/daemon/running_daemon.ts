import { readFileSync } from 'node:fs';
import { type DaemonRecord, locateDaemon } from '@tenure/client';
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

/** Undefined: no such process, or it has ended. */
function startTicksOf(pid: number): number | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // Field 22 is the start time; what follows the command's name begins with field 3.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : Number(fields[22 - 3]);
}
