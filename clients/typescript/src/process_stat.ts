import { readFileSync } from 'node:fs';

/** Place of the start time among the fields that follow the name; it is the 22nd of all. */
const START_FIELD = 19;

/** What the kernel tells of a process in one line. */
export interface ProcessStat {
  readonly pid: number;
  /** Clock ticks from boot to its start: with the pid its identity. */
  readonly startTicks: bigint;
  readonly parentPid: number;
  readonly groupId: number;
  /** It has ended, and its parent has not asked how. */
  readonly isZombie: boolean;
}

/** Undefined: no such process. */
export function readProcessStat(pid: number): ProcessStat | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The command's name, in parentheses, may hold blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parentPid, groupId] = fields;
  return {
    pid,
    startTicks: BigInt(fields[START_FIELD] ?? 0),
    parentPid: Number(parentPid),
    groupId: Number(groupId),
    isZombie: state === 'Z' || state === 'X',
  };
}

/** Undefined: no such process, or it has ended. */
export function processStartTicks(pid: number): bigint | undefined {
  const stat = readProcessStat(pid);
  return stat === undefined || stat.isZombie ? undefined : stat.startTicks;
}
