import { spawnPlain, startCommand } from '@tenure/client/command';
import { lightEnvironment } from './child_environment.js';
import { endOfExit } from './end_rules.js';
import { findCommand } from './find_command.js';
import { failed, messageOf, type RunEnd } from './run_end.js';
import type { RunParts } from './run_parts.js';
import type { CommandLine } from './task_options.js';
import type { TaskRun } from './task_run.js';
import type { WorkControl } from './work_control.js';

export interface LightCommand {
  readonly commandLine: CommandLine;
  readonly cwd: string | undefined;
  /** Told the process once there is one. */
  readonly onStart?: (pid: number) => void;
}

/** Runs a command under no lease, in a group of its own, to its end. */
export async function runLightCommand(
  parts: RunParts,
  run: TaskRun,
  command: LightCommand,
  control: WorkControl,
): Promise<RunEnd> {
  const environment = lightEnvironment(run, parts.environment);
  const found = findCommand(command.commandLine, environment, command.cwd);
  if ('fault' in found) return failed('spawn-error', 'spawn', found.fault);
  const started = await parts.outputs.use(run.spec.name, async (standardFds) =>
    startCommand(
      () =>
        spawnPlain({
          path: found.path,
          commandLine: command.commandLine,
          environment,
          cwd: command.cwd,
          standardFds,
          ownGroup: true,
        }),
      true,
    ),
  );
  if ('error' in started) return failed('spawn-error', 'spawn', messageOf(started.error));
  const { pid, life } = started;
  parts.lives.add(life);
  try {
    control.watch(life, run.spec.killAfterMs);
    command.onStart?.(pid);
    const exit = await life.exited;
    await control.close();
    return endOfExit(exit, control.endedFor, false);
  } finally {
    parts.lives.delete(life);
  }
}
