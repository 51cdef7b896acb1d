import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { TenureError } from './errors.js';

const MACHINE_ID_FILES = ['/etc/machine-id', '/var/lib/dbus/machine-id'];
/** Characters of the machine id that name the state folder: homes may be shared between machines. */
const MACHINE_ID_LENGTH = 12;

/** What a daemon leaves in `daemon.json` for its clients; it may be gone since. */
export interface DaemonRecord {
  readonly pid?: number;
  readonly socketPath?: string;
  readonly stateDir?: string;
  readonly version?: string;
  /** With the pid, the identity of the process: field 22 of /proc/PID/stat. */
  readonly startTicks?: number;
  /** The boot of that run. */
  readonly bootId?: string;
  /** ISO 8601. */
  readonly startTime?: string;
  readonly startCount?: number;
  /** Runs before that one that crashed soon after their start, one after the other. */
  readonly crashesInARow?: number;
  /** Whether that run lasted so long that a crash of it is no part of a loop. */
  readonly settled?: boolean;
  /** If that run has crashed, the next one is not to be started before; ISO 8601. Unset: at once. */
  readonly restartNotBefore?: string;
  /** Whether that run ended in order. */
  readonly stopped?: boolean;
}

/** Where the daemon of this user is, or would be. */
export interface DaemonLocation {
  readonly stateDir: string;
  readonly socketPath: string;
  /** As the daemon last wrote it; undefined where none has run yet. */
  readonly record: DaemonRecord | undefined;
}

/**
 * Finds the user's daemon without asking it anything: TENURE_SOCKET, else
 * where `daemon.json` in the state folder says, else where a daemon started
 * now would listen. Cron, a login shell and a service find the same one.
 *
 * @param environment default: `process.env`.
 */
export function locateDaemon(environment: NodeJS.ProcessEnv = process.env): DaemonLocation {
  const stateDir = findStateDir(environment);
  const record = readRecord(stateDir);
  const socketPath = environment['TENURE_SOCKET'] || record?.socketPath || defaultSocket(environment, stateDir);
  return { stateDir, socketPath, record };
}

/** The socket alone. */
export function locateSocket(environment: NodeJS.ProcessEnv = process.env): string {
  // Named, it is found even where the user has no home.
  return environment['TENURE_SOCKET'] || locateDaemon(environment).socketPath;
}

function findStateDir(environment: NodeJS.ProcessEnv): string {
  const named = environment['TENURE_STATE_DIR'];
  if (named) {
    return named;
  }
  const machine = machineName();
  // The user database, not HOME: sudo and cron change the variable.
  const usual = join(homeOfUser(), '.local', 'state', 'tenure', machine);
  const sticky = readRecord(usual)?.stateDir;
  if (sticky !== undefined && isAbsolute(sticky) && existsSync(sticky)) {
    return sticky;
  }
  const base = xdgFolder(environment, 'XDG_STATE_HOME');
  return base === undefined ? usual : join(base, 'tenure', machine);
}

function homeOfUser(): string {
  try {
    return userInfo().homedir;
  } catch (error) {
    throw new TenureError(
      'CONFIG_INVALID',
      'this user has no home directory in the user database; set TENURE_STATE_DIR to a folder of your own',
      { code: status.INVALID_ARGUMENT, cause: error },
    );
  }
}

function defaultSocket(environment: NodeJS.ProcessEnv, stateDir: string): string {
  const runtime = xdgFolder(environment, 'XDG_RUNTIME_DIR');
  if (runtime !== undefined && !environment['TENURE_STATE_DIR'] && existsSync(runtime)) {
    return join(runtime, 'tenure', 'tenure.sock');
  }
  return join(stateDir, 'tenure.sock');
}

/** The XDG rules say to ignore a relative path. */
function xdgFolder(environment: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = environment[name];
  return value !== undefined && isAbsolute(value) ? value : undefined;
}

function machineName(): string {
  for (const file of MACHINE_ID_FILES) {
    const id = readText(file)?.trim();
    if (id !== undefined && /^[0-9a-f]{32}$/.test(id)) {
      return id.slice(0, MACHINE_ID_LENGTH);
    }
  }
  // Many containers have no such file: there the host's name stands in, as in the daemon.
  return createHash('sha256').update(hostname()).digest('hex').slice(0, MACHINE_ID_LENGTH);
}

function readRecord(stateDir: string): DaemonRecord | undefined {
  const text = readText(join(stateDir, 'daemon.json'));
  if (text === undefined) {
    return undefined;
  }
  try {
    return parseRecord(JSON.parse(text));
  } catch {
    // Torn or foreign: the daemon writes it anew at its next start.
    return undefined;
  }
}

function parseRecord(value: unknown): DaemonRecord | undefined {
  if (typeof value !== 'object' || value === null) {
    return undefined;
  }
  const fields = new Map<string, unknown>(Object.entries(value));
  const text = (name: string) => {
    const found = fields.get(name);
    return typeof found === 'string' && found !== '' ? { [name]: found } : {};
  };
  const count = (name: string) => {
    const found = fields.get(name);
    return typeof found === 'number' && Number.isSafeInteger(found) ? { [name]: found } : {};
  };
  return {
    ...count('pid'),
    ...text('socketPath'),
    ...text('stateDir'),
    ...text('version'),
    ...count('startTicks'),
    ...text('bootId'),
    ...text('startTime'),
    ...count('startCount'),
    ...count('crashesInARow'),
    ...text('restartNotBefore'),
    settled: fields.get('settled') === true,
    stopped: fields.get('stopped') === true,
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
