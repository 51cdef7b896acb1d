import { type ChildProcess, spawn } from 'node:child_process';
import { type CommandLife, watchCommand } from './command_life.js';

export interface StartedCommand {
  readonly pid: number;
  readonly life: CommandLife;
}

/** Answers the error where the system has no process for the command: too many, or too much environment. */
export async function startCommand(
  begin: () => ChildProcess,
  ownGroup: boolean,
): Promise<StartedCommand | { readonly error: unknown }> {
  try {
    const child = begin();
    const life = watchCommand(child, ownGroup);
    const { pid } = child;
    if (pid !== undefined) return { pid, life };
    // Without a process there is an error, by which `exited` rejects.
    await life.exited;
    return { error: new Error('the system started no process') };
  } catch (error) {
    return { error };
  }
}

/** What the command's standard input, output and error are: a descriptor, or /dev/null. */
export type StandardFds = readonly [number | 'ignore', number | 'ignore', number | 'ignore'];

const OWN_FDS: StandardFds = [0, 1, 2];

/** The standard streams and the given descriptors as they are, and where one is named, a pipe; no others. */
export function commandStdio(
  standardFds: StandardFds = OWN_FDS,
  passFds: readonly number[] = [],
  pipeFd?: number,
): (number | 'pipe' | 'ignore')[] {
  const length = Math.max(2, pipeFd ?? 0, ...passFds) + 1;
  return Array.from({ length }, (_, fd) => {
    const standard = standardFds[fd];
    if (standard !== undefined) return standard;
    if (passFds.includes(fd)) return fd;
    return fd === pipeFd ? 'pipe' : 'ignore';
  });
}

export interface PlainCommand {
  /** The file to execute. */
  readonly path: string;
  /** Its name and arguments, as it was called. */
  readonly commandLine: readonly [string, ...string[]];
  readonly environment: NodeJS.ProcessEnv;
  /** Default: the caller's. */
  readonly cwd?: string | undefined;
  /** Default: the caller's own. */
  readonly standardFds?: StandardFds | undefined;
  /** Descriptors from 3 up that the command is to get as they are. Default: none. */
  readonly passFds?: readonly number[] | undefined;
  /** Whether it leads a session, and so a process group, of its own. */
  readonly ownGroup: boolean;
}

/** Runs a command at once, without a gate. */
export function spawnPlain(command: PlainCommand): ChildProcess {
  const { path, commandLine, environment, cwd, standardFds, passFds, ownGroup } = command;
  const [argv0, ...args] = commandLine;
  return spawn(path, args, {
    argv0,
    env: environment,
    cwd,
    stdio: commandStdio(standardFds, passFds),
    detached: ownGroup,
  });
}
