import { readFileSync } from 'node:fs';
import { type DaemonRecord, locateDaemon } from '@tenure/client';

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

export function isRunning(daemon: RunningDaemon): boolean {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${daemon.pid}/stat`, 'latin1');
  } catch {
    return false;
  }
  // Field 22 is the start time; what follows the command's name begins with field 3.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] !== 'Z' && Number(fields[22 - 3]) === daemon.startTicks;
}
