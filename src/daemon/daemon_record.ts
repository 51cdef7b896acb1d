import { readFileSync } from 'node:fs';
import { replaceFile } from '../os/atomic_file.js';
import { errnoOf } from '../os/errno.js';

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
  /** Runs before this one that did not end in order, back to the last that did. */
  readonly crashesInARow: number;
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
  const [stateDir, socketPath, bootId, version, startTime] = [
    field('stateDir'),
    field('socketPath'),
    field('bootId'),
    field('version'),
    field('startTime'),
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

/** The record of the run that begins, after the one before. */
export function nextRecord(
  previous: DaemonRecord | undefined,
  run: Pick<DaemonRecord, 'stateDir' | 'socketPath' | 'pid' | 'startTicks' | 'bootId' | 'version' | 'startTime'>,
): DaemonRecord {
  const crashed = lastExitOf(previous, run.bootId) === 'crashed';
  return {
    ...run,
    startCount: (previous?.startCount ?? 0) + 1,
    crashesInARow: crashed ? (previous?.crashesInARow ?? 0) + 1 : 0,
    stopped: false,
  };
}

export function writeRecord(path: string, record: DaemonRecord): void {
  replaceFile(path, `${JSON.stringify(record, null, 2)}\n`);
}
