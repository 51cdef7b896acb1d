import { type ChildProcess, spawn } from 'node:child_process';
import { Failure } from '../failure.js';
import { warn } from '../output.js';
import { type CommandLife, watchCommand } from './command_life.js';

export interface StartedCommand {
  readonly pid: number;
  readonly life: CommandLife;
}

/** Undefined, and said, where the system has no process for the command: too many, or too much environment. */
export async function startCommand(begin: () => ChildProcess, ownGroup: boolean): Promise<StartedCommand | undefined> {
  try {
    const child = begin();
    const life = watchCommand(child, ownGroup);
    const { pid } = child;
    if (pid !== undefined) return { pid, life };
    // Without a process there is an error, by which `exited` rejects.
    await life.exited;
  } catch (error) {
    if (error instanceof Failure) throw error;
    warn(`tenure: the command could not be started: ${error instanceof Error ? error.message : String(error)}`);
  }
  return undefined;
}

/** Standard streams and the given descriptors as they are, and where one is named, a pipe; no others. */
export function commandStdio(passFds: readonly number[], pipeFd?: number): (number | 'pipe' | 'ignore')[] {
  const length = Math.max(2, pipeFd ?? 0, ...passFds) + 1;
  return Array.from({ length }, (_, fd) => {
    if (fd <= 2 || passFds.includes(fd)) return fd;
    return fd === pipeFd ? 'pipe' : 'ignore';
  });
}

export interface PlainCommand {
  /** The file to execute. */
  readonly path: string;
  /** Its name and arguments, as it was called. */
  readonly commandLine: readonly [string, ...string[]];
  readonly environment: NodeJS.ProcessEnv;
  /** Descriptors from 3 up that the command is to get as they are. */
  readonly passFds: readonly number[];
  /** Whether it leads a session, and so a process group, of its own. */
  readonly ownGroup: boolean;
}

/** Runs a command at once, without a gate. */
export function spawnPlain({ path, commandLine, environment, passFds, ownGroup }: PlainCommand): ChildProcess {
  const [argv0, ...args] = commandLine;
  return spawn(path, args, { argv0, env: environment, stdio: commandStdio(passFds), detached: ownGroup });
}
