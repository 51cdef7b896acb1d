import { chmodSync, closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, messageOf } from '../os/errno.js';
import { tryLock } from '../os/flock.js';
import { makeFolders } from '../os/make_folders.js';
import { readStartTicks } from '../os/process_facts.js';
import { identify, sameFile } from './socket_probe.js';
import { alreadyRunning, ExitCode, StartFailure } from './start_failure.js';

/** No pid is longer. */
const PID_WIDTH = 10;

const OTHERS = 0o077;
const OTHERS_WRITE = 0o022;
const SHARED_FOLDER = 0o1002;

/** How long a daemon that has just won the lock may take to write its pid over that of a dead one. */
const PID_ATTEMPTS = 20;
const PID_PAUSE_MS = 10;

/** Makes the state folder private, or says why it can't be used. */
export function openStateFolder(path: string, ownUid: number): void {
  try {
    makeFolders(path);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') {
      throw new StartFailure(
        ExitCode.CANNOT_CREATE,
        `cannot create the state folder ${path}: ${messageOf(error)}; set TENURE_STATE_DIR to a folder of your own`,
        { cause: error },
      );
    }
  }
  const facts = lstatSync(path);
  if (facts.isSymbolicLink()) {
    throw new StartFailure(ExitCode.CANNOT_CREATE, `the state folder ${path} is a link; name the folder itself`);
  }
  if (!facts.isDirectory()) {
    throw new StartFailure(ExitCode.CANNOT_CREATE, `the state folder ${path} is not a folder; move it away`);
  }
  if (facts.uid !== ownUid) {
    throw new StartFailure(
      ExitCode.CANNOT_CREATE,
      `the state folder ${path} belongs to uid ${facts.uid}, not to uid ${ownUid}; set TENURE_STATE_DIR to a folder of your own`,
    );
  }
  // A folder such as /tmp must stay open to all; taking it over would break others.
  if ((facts.mode & SHARED_FOLDER) !== 0) {
    throw new StartFailure(
      ExitCode.CANNOT_CREATE,
      `the state folder ${path} is shared with other users; set TENURE_STATE_DIR to a folder of its own`,
    );
  }
  if ((facts.mode & OTHERS) !== 0) chmodSync(path, facts.mode & 0o700);
}

/** Holds the state folder for one daemon; the kernel frees it however the process ends. */
export interface StateLock {
  /** False once somebody has deleted or replaced it: another daemon could then start beside this one. */
  isInPlace(): boolean;
  release(): void;
}

/** Takes the lock of the state folder, or throws `tenured is already running (pid N)`. */
export async function lockStateFolder(stateDir: string, ownUid: number, ownPid: number): Promise<StateLock> {
  const path = join(stateDir, 'lock');
  const file = openLockFile(path);
  try {
    const facts = fstatSync(file);
    if (!facts.isFile() || facts.uid !== ownUid || (facts.mode & OTHERS_WRITE) !== 0) {
      throw new StartFailure(
        ExitCode.CANNOT_CREATE,
        `${path} is not a private file of yours; delete it and start again`,
      );
    }
    if (!tryLock(file)) throw alreadyRunning(await readLockPid(path));
    // Over what is there: a full disk has no room to begin anew.
    writeSync(file, `${ownPid}`.padEnd(PID_WIDTH), 0);
  } catch (error) {
    closeSync(file);
    throw error;
  }
  const { dev, ino } = fstatSync(file, { bigint: true });
  return {
    isInPlace: () => {
      const now = identify(path);
      return now !== undefined && sameFile(now, { dev, ino });
    },
    release: () => closeSync(file),
  };
}

function openLockFile(path: string): number {
  try {
    return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    throw new StartFailure(ExitCode.CANNOT_CREATE, `cannot open ${path}: ${messageOf(error)}`, { cause: error });
  }
}

async function readLockPid(path: string): Promise<number | undefined> {
  for (let attempt = 0; attempt < PID_ATTEMPTS; attempt += 1) {
    const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
    if (Number.isSafeInteger(pid) && readStartTicks(pid) !== undefined) return pid;
    await new Promise((resolve) => setTimeout(resolve, PID_PAUSE_MS));
  }
  return undefined;
}
