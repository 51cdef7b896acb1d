import { readFileSync } from 'node:fs';
import { replaceFile } from '../os/atomic_file.js';
import { errnoOf } from '../os/errno.js';
import { holdBackMs } from './crash_rules.js';

/**
 * What `daemon.json` in the state folder says of the daemon: clients find the
 * socket by it, the next start learns from it how this run ended.
 */
export interface DaemonRecord {
  readonly stateDir: string;
  readonly socketPath: string;
  readonly pid: number;
  /** With the pid, the identity of the process. */
  readonly startTicks: number;
  readonly bootId: string;
  readonly version: string;
  /** Starts on this state folder, this one included. */
  readonly startCount: number;
  /** Runs before this one that crashed before they had settled, back to the last that did not. */
  readonly crashesInARow: number;
  /** Whether this run has lasted so long that a crash of it begins a new row. */
  readonly settled: boolean;
  /** Should this run crash, clients don't start the next one before; wall clock, ISO 8601. Empty: at once. */
  readonly restartNotBefore: string;
  /** Wall clock, ISO 8601. */
  readonly startTime: string;
  /** Whether the run has ended in order. */
  readonly stopped: boolean;
}

export type LastExit = 'none' | 'clean' | 'crashed' | 'rebooted';

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** The record that a text holds; undefined where it holds none, or but the pointer to a state folder. */
export function parseRecord(text: string): DaemonRecord | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const field = (name: string): unknown => Reflect.get(parsed, name);
  const [stateDir, socketPath, bootId, version, startTime, restart] = [
    field('stateDir'),
    field('socketPath'),
    field('bootId'),
    field('version'),
    field('startTime'),
    field('restartNotBefore'),
  ];
  const [pid, startTicks, startCount, crashes] = [
    field('pid'),
    field('startTicks'),
    field('startCount'),
    field('crashesInARow'),
  ];
  if (typeof stateDir !== 'string' || typeof socketPath !== 'string' || typeof bootId !== 'string') return undefined;
  if (!isCount(pid) || !isCount(startTicks) || !isCount(startCount)) return undefined;
  return {
    stateDir,
    socketPath,
    bootId,
    pid,
    startTicks,
    startCount,
    crashesInARow: isCount(crashes) ? crashes : 0,
    settled: field('settled') === true,
    restartNotBefore: typeof restart === 'string' ? restart : '',
    version: typeof version === 'string' ? version : '',
    startTime: typeof startTime === 'string' ? startTime : '',
    stopped: field('stopped') === true,
  };
}

export function readRecord(path: string): DaemonRecord | undefined {
  try {
    return parseRecord(readFileSync(path, 'utf8'));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** How the run that left this record ended; for one who holds the lock, so that it has ended. */
export function lastExitOf(previous: DaemonRecord | undefined, bootId: string): LastExit {
  if (previous === undefined) return 'none';
  if (previous.stopped) return 'clean';
  return previous.bootId === bootId ? 'crashed' : 'rebooted';
}

/** Crashes in a row up to the end of that run, itself included. */
function crashesUpTo(previous: DaemonRecord | undefined, bootId: string): number {
  if (previous === undefined || lastExitOf(previous, bootId) !== 'crashed') return 0;
  return previous.settled ? 1 : previous.crashesInARow + 1;
}

/** The record of the run that begins, after the one before. */
export function nextRecord(
  previous: DaemonRecord | undefined,
  run: Pick<DaemonRecord, 'stateDir' | 'socketPath' | 'pid' | 'startTicks' | 'bootId' | 'version' | 'startTime'>,
): DaemonRecord {
  const crashesInARow = crashesUpTo(previous, run.bootId);
  const heldBackMs = holdBackMs(crashesInARow);
  return {
    ...run,
    startCount: (previous?.startCount ?? 0) + 1,
    crashesInARow,
    settled: false,
    restartNotBefore: heldBackMs === 0 ? '' : new Date(Date.parse(run.startTime) + heldBackMs).toISOString(),
    stopped: false,
  };
}

/** The same run, once it has lasted. */
export function settledRecord(record: DaemonRecord): DaemonRecord {
  return { ...record, settled: true, restartNotBefore: '' };
}

export function writeRecord(path: string, record: DaemonRecord): void {
  replaceFile(path, `${JSON.stringify(record, null, 2)}\n`);
}
