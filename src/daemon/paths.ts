import { existsSync, readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { createFileOnce, replaceFile } from '../os/atomic_file.js';
import { errnoOf, messageOf } from '../os/errno.js';
import { makeFolders } from '../os/make_folders.js';
import { ExitCode, StartFailure } from './start_failure.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** All that the places of the daemon's files depend on. */
export interface PathInputs {
  readonly environment: Environment;
  /** From the user database, never $HOME: cron, sudo and a login shell must agree. Undefined: the user has no entry. */
  readonly home: string | undefined;
  readonly machineId: string;
  readonly uid: number;
  /** Who owns a folder; undefined where there is none. */
  readonly folderOwner: (path: string) => number | undefined;
}

/** The state folder as given, or the rule by which the first start on this machine decides it. */
export type StateChoice =
  | { readonly kind: 'given'; readonly stateDir: string }
  | {
      readonly kind: 'sticky';
      /** Its `stateDir`, once written, is the decision, whatever the environment says later. */
      readonly pointerPath: string;
      /** What this environment would decide. */
      readonly proposal: string;
    };

export interface ConfigChoice {
  /** Undefined: there is no place to look. */
  readonly path: string | undefined;
  /** Whether somebody named it: then it must exist. */
  readonly explicit: boolean;
}

/** First characters of the machine id that split a home shared by several machines. */
const MACHINE_ID_LENGTH = 12;

/** A variable that names a path; a relative one is a fault, for the daemon's working directory is not the caller's. */
function pathVariable(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  if (value === undefined || value === '') return undefined;
  if (!isAbsolute(value)) {
    throw new StartFailure(ExitCode.CONFIG, `${name} is "${value}"; give an absolute path`);
  }
  return value;
}

/**
 * An XDG variable. The XDG rules say to ignore a relative one; another user's
 * is what sudo and su leave behind.
 */
function xdgVariable({ environment, uid, folderOwner }: PathInputs, name: string): string | undefined {
  const value = environment[name];
  if (value === undefined || !isAbsolute(value)) return undefined;
  return (folderOwner(value) ?? uid) === uid ? value : undefined;
}

export function chooseState(inputs: PathInputs): StateChoice {
  const given = pathVariable(inputs.environment, 'TENURE_STATE_DIR');
  if (given !== undefined) return { kind: 'given', stateDir: given };
  if (inputs.home === undefined) {
    throw new StartFailure(
      ExitCode.CONFIG,
      'this user has no home directory in the user database; set TENURE_STATE_DIR to a folder of your own',
    );
  }
  const machine = inputs.machineId.slice(0, MACHINE_ID_LENGTH);
  const standard = join(inputs.home, '.local', 'state', 'tenure', machine);
  const xdg = xdgVariable(inputs, 'XDG_STATE_HOME');
  return {
    kind: 'sticky',
    pointerPath: join(standard, 'daemon.json'),
    proposal: xdg === undefined ? standard : join(xdg, 'tenure', machine),
  };
}

export function chooseConfig(inputs: PathInputs): ConfigChoice {
  const given = pathVariable(inputs.environment, 'TENURE_CONFIG');
  if (given !== undefined) return { path: given, explicit: true };
  const xdg = xdgVariable(inputs, 'XDG_CONFIG_HOME');
  if (xdg !== undefined) return { path: join(xdg, 'tenure', 'config.yaml'), explicit: false };
  if (inputs.home === undefined) return { path: undefined, explicit: false };
  return { path: join(inputs.home, '.config', 'tenure', 'config.yaml'), explicit: false };
}

/** A place for the socket. */
export interface SocketPlace {
  readonly path: string;
  /** Whether its folder is the daemon's own, to be made private, rather than one that somebody named. */
  readonly ownFolder: boolean;
}

/**
 * Where the socket may be, the best place first. More than one only where the
 * best may vanish under the daemon, as a runtime folder does at logout.
 */
export function chooseSockets(
  inputs: PathInputs,
  stateDir: string,
  configured: string | undefined,
): readonly [SocketPlace, ...SocketPlace[]] {
  const { environment, folderOwner } = inputs;
  const given = pathVariable(environment, 'TENURE_SOCKET') ?? configured;
  if (given !== undefined) return [{ path: given, ownFolder: false }];
  const inState = { path: join(stateDir, 'tenure.sock'), ownFolder: true };
  if (pathVariable(environment, 'TENURE_STATE_DIR') !== undefined) return [inState];
  const runtime = xdgVariable(inputs, 'XDG_RUNTIME_DIR');
  if (runtime === undefined || folderOwner(runtime) === undefined) return [inState];
  return [{ path: join(runtime, 'tenure', 'tenure.sock'), ownFolder: true }, inState];
}

/** The owner of a folder, links followed; undefined where there is none, or none to be seen. */
export function folderOwner(path: string): number | undefined {
  try {
    const facts = statSync(path, { throwIfNoEntry: false });
    return facts?.isDirectory() === true ? facts.uid : undefined;
  } catch (error) {
    if (errnoOf(error) === 'EACCES' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** The home of this process's user, by the user database. */
export function homeOfUser(): string | undefined {
  try {
    return userInfo().homedir;
  } catch (error) {
    // libuv's answer where the uid has no entry.
    if (errnoOf(error) === 'ERR_SYSTEM_ERROR' || errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** What the pointer says, if it is there, whole, and the folder that it names still exists. */
export function readPointer(pointerPath: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(pointerPath, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError || ['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return undefined;
    throw new StartFailure(
      ExitCode.CANNOT_CREATE,
      `cannot read ${pointerPath}: ${messageOf(error)}; set TENURE_STATE_DIR`,
      {
        cause: error,
      },
    );
  }
  if (typeof parsed !== 'object' || parsed === null || !('stateDir' in parsed)) return undefined;
  const { stateDir } = parsed;
  return typeof stateDir === 'string' && isAbsolute(stateDir) && existsSync(stateDir) ? stateDir : undefined;
}

/**
 * The state folder for this start. The first start writes the pointer; of two
 * first starts with different environments one decides, and both get its answer.
 */
export function settleStateDir(choice: StateChoice): string {
  if (choice.kind === 'given') return choice.stateDir;
  const decided = readPointer(choice.pointerPath);
  if (decided !== undefined) return decided;
  const content = `${JSON.stringify({ stateDir: choice.proposal })}\n`;
  try {
    makeFolders(choice.proposal);
    makeFolders(dirname(choice.pointerPath));
    if (createFileOnce(choice.pointerPath, content)) return choice.proposal;
    const others = readPointer(choice.pointerPath);
    if (others !== undefined) return others;
    replaceFile(choice.pointerPath, content);
    return choice.proposal;
  } catch (error) {
    if (error instanceof StartFailure) throw error;
    throw new StartFailure(
      ExitCode.CANNOT_CREATE,
      `cannot write ${choice.pointerPath}, which says where the state folder is: ${messageOf(error)}; ` +
        'make its folder writable, or set TENURE_STATE_DIR',
      { cause: error },
    );
  }
}
