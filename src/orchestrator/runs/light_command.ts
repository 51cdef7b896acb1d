import { type GatedChild, type StandardFds, spawnGated, spawnPlain, startCommand } from '@tenure/client/command';
import type { CommandLine } from '../config/task_options.js';
import { lightEnvironment } from './child_environment.js';
import { endOfExit } from './end_rules.js';
import { findCommand } from './find_command.js';
import { failed, messageOf, type RunEnd } from './run_end.js';
import type { RunParts } from './run_parts.js';
import type { TaskRun } from './task_run.js';
import type { WorkControl } from './work_control.js';

export interface LightCommand {
  readonly commandLine: CommandLine;
  readonly cwd: string | undefined;
  /** Told the process once there is one. */
  readonly onStart?: (pid: number) => void;
  /** Whether the command runs only once `onStart` has returned: it is then known, whatever becomes of this process. */
  readonly isGated?: boolean;
}

/** Runs a command under no lease, in a group of its own, to its end. */
export async function runLightCommand(
  parts: RunParts,
  run: TaskRun,
  command: LightCommand,
  control: WorkControl,
): Promise<RunEnd> {
  const { commandLine, cwd } = command;
  const environment = lightEnvironment(run, parts.environment);
  const found = findCommand(commandLine, environment, cwd);
  if ('fault' in found) return failed('spawn-error', 'spawn', found.fault);
  const { path } = found;
  let gate: GatedChild | undefined;
  const spawn = (standardFds: StandardFds) => {
    const how = { environment, cwd, standardFds, ownGroup: true };
    if (command.isGated !== true) return spawnPlain({ ...how, path, commandLine });
    const [name, ...args] = commandLine;
    gate = spawnGated({ ...how, command: name.startsWith('-') ? path : name, args, passFds: [], busyFds: [] });
    return gate.child;
  };
  const started = await parts.outputs.use(run.spec.name, async (fds) => startCommand(() => spawn(fds), true));
  if ('error' in started) return failed('spawn-error', 'spawn', messageOf(started.error));
  const { pid, life } = started;
  parts.lives.add(life);
  try {
    control.watch(life, run.spec.killAfterMs);
    command.onStart?.(pid);
    gate?.open();
    const exit = await life.exited;
    await control.close();
    return endOfExit(exit, control.endedFor, undefined);
  } finally {
    gate?.abandon();
    parts.lives.delete(life);
  }
}
