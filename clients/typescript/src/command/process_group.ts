import { readdirSync, readFileSync } from 'node:fs';

/** Place of the start time among the fields that follow the name; it is the 22nd of all. */
const START_FIELD = 19;

interface ProcessRow {
  readonly pid: number;
  readonly startTicks: bigint;
  readonly parentPid: number;
  readonly groupId: number;
  readonly isZombie: boolean;
}

/** Whether a process of the group is left, a zombie counted. */
export function groupExists(groupId: number): boolean {
  return signalGroup(groupId, 0);
}

/** Signals every process of the group; false where none is left. */
export function signalGroup(groupId: number, signal: NodeJS.Signals | 0): boolean {
  return signalTarget(-groupId, signal);
}

/** Signals one process; false where it is gone. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  return signalTarget(pid, signal);
}

function signalTarget(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(target, signal);
    return true;
  } catch (error) {
    // EPERM: it is there, and has become another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The group's processes that still run. */
export function groupMembers(groupId: number): number[] {
  return readProcesses()
    .filter((row) => row.groupId === groupId && !row.isZombie)
    .map((row) => row.pid);
}

/** The process and all that descend from it, nearest first, as far as no parent in between has died. */
export function familyOf(pid: number): number[] {
  const rows = readProcesses();
  const family = [pid];
  for (const parent of family) {
    family.push(...rows.filter((row) => row.parentPid === parent).map((row) => row.pid));
  }
  return family;
}

/**
 * Clock ticks from boot to the start of a process that still runs: with its
 * pid, its identity. Undefined where it is gone, or is a zombie.
 */
export function processStartTicks(pid: number): bigint | undefined {
  const row = readProcess(pid);
  return row === undefined || row.isZombie ? undefined : row.startTicks;
}

function readProcesses(): ProcessRow[] {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return [];
  }
  return names
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name)))
    .filter((row) => row !== undefined);
}

function readProcess(pid: number): ProcessRow | undefined {
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
