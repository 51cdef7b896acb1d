import { readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { scriptArgument } from './script_argument.js';

/** What /proc tells of a process. Strings are empty where the kernel hides it. */
export interface ProcessFacts {
  readonly executable: string;
  /** Path of the script that an interpreter runs. Never any other argument: those may hold secrets. */
  readonly script: string;
  readonly cwd: string;
  /** The short name that the kernel keeps. */
  readonly command: string;
  readonly uid: number;
  readonly parentPid: number;
  /** Such as `pid:[4026531836]`; empty where hidden. */
  readonly pidNamespace: string;
  /** Whether its pid means the same to it as to us. */
  readonly inOurPidNamespace: boolean;
}

/** The kernel counts start times in these towards users, on every machine. */
export const TICK_MS = 10;

let ownNamespace: string | undefined;

export function ownPidNamespace(): string {
  ownNamespace ??= readlinkSync('/proc/self/ns/pid');
  return ownNamespace;
}

/** Whether its pid means the same to it as to us; not so where that is hidden. */
export function isInOurPidNamespace(pid: number): boolean {
  return readLink(pid, 'ns/pid') === ownPidNamespace();
}

/** Undefined: no such process. A zombie still has a start time. */
export function readStartTicks(pid: number): number | undefined {
  return readStat(pid)?.startTicks;
}

/** Whether it waits for SIGCONT. */
export function isStopped(pid: number): boolean {
  return readStat(pid)?.stopped === true;
}

/** Whether a signal waits until the process wants it. False where it is gone. */
export function blocks(pid: number, signal: number): boolean {
  const mask = /^SigBlk:\t([0-9a-f]+)$/m.exec(readProc(pid, 'status'))?.[1];
  return mask !== undefined && ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

/** Undefined: no such process. 0 for those without a parent that can be seen from here. */
export function readParentPid(pid: number): number | undefined {
  return readStat(pid)?.parentPid;
}

/** False for the kernel's own threads, and for a process that has ended. */
export function hasMemory(pid: number): boolean {
  return (readStat(pid)?.memoryBytes ?? 0) > 0;
}

/**
 * Whether the process runs and is the one that started then. By /proc alone;
 * where that cannot be read, for want of descriptors, a pid in use counts:
 * nobody may lose a lease because we could not look.
 */
export function isRunning(pid: number, startTicks: number): boolean {
  try {
    const stat = readStat(pid);
    return stat !== undefined && stat.startTicks === startTicks && !stat.ended;
  } catch {
    return isPidInUse(pid);
  }
}

function isPidInUse(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !isErrno(error, 'ESRCH');
  }
}

interface Stat {
  readonly ended: boolean;
  readonly stopped: boolean;
  readonly parentPid: number;
  readonly startTicks: number;
  /** Of address space. */
  readonly memoryBytes: number;
}

/** Undefined: no such process. Throws where the kernel cannot be asked. */
function readStat(pid: number): Stat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ESRCH')) return undefined;
    throw error;
  }
  // The name stands in parentheses and may hold any byte, also a ')'. Field 3 comes after it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const startTicks = Number(fields[19]);
  if (!Number.isSafeInteger(startTicks)) throw new Error(`/proc/${pid}/stat has an unknown form`);
  const state = fields[0];
  // The first thread of a living process can be a zombie too.
  const ended = state === 'X' || (state === 'Z' && Number(fields[17]) <= 1);
  return { ended, stopped: state === 'T', parentPid: Number(fields[1]), startTicks, memoryBytes: Number(fields[20]) };
}

/** Undefined: no such process. */
export function readProcessFacts(pid: number): ProcessFacts | undefined {
  const stat = readStat(pid);
  const status = readProc(pid, 'status');
  if (stat === undefined || status === '') return undefined;
  const executable = readLink(pid, 'exe').replace(/ \(deleted\)$/, '');
  const cwd = readLink(pid, 'cwd');
  const pidNamespace = readLink(pid, 'ns/pid');
  return {
    executable,
    script: scriptOf(pid, executable, cwd),
    cwd,
    command: /^Name:\t(.*)$/m.exec(status)?.[1] ?? '',
    uid: Number(/^Uid:\t(\d+)/m.exec(status)?.[1]),
    parentPid: stat.parentPid,
    pidNamespace,
    // The link is hidden from other users, but not how many namespaces down the process lives.
    inOurPidNamespace: pidNamespace === '' ? /^NSpid:\t\d+$/m.test(status) : pidNamespace === ownPidNamespace(),
  };
}

function scriptOf(pid: number, executable: string, cwd: string): string {
  const script = scriptArgument(executable, readProc(pid, 'cmdline').split('\0'));
  if (script === undefined || script === '') return '';
  try {
    const asGiven = resolve(cwd, script);
    // Descriptors: there they would be ours.
    if (/^\/(dev|proc)\//.test(asGiven)) return '';
    const path = realpathSync(asGiven);
    return statSync(path).isFile() ? path : '';
  } catch {
    // No such file from here: then the argument may be anything, and is not named.
    return '';
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Empty where hidden, or gone meanwhile. */
function readProc(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

function readLink(pid: number, name: string): string {
  try {
    return readlinkSync(`/proc/${pid}/${name}`);
  } catch {
    return '';
  }
}
