import { readdirSync } from 'node:fs';
import { type ProcessStat, readProcessStat } from '../process_stat.js';

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

function readProcesses(): ProcessStat[] {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return [];
  }
  return names
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcessStat(Number(name)))
    .filter((row) => row !== undefined);
}
