import { resolveCommand, spawnPlain, startCommand } from '@tenure/client/command';
import { lightEnvironment } from './child_environment.js';
import { endOfExit } from './end_rules.js';
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
  const resolved = resolveCommand(command.commandLine[0], environment['PATH'], command.cwd);
  if (resolved.kind !== 'found') return unresolved(command.commandLine, resolved.kind);
  const started = await parts.outputs.use(run.spec.name, async (standardFds) =>
    startCommand(
      () =>
        spawnPlain({
          path: resolved.path,
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
    return endOfExit(exit, control.endedFor, undefined);
  } finally {
    parts.lives.delete(life);
  }
}

export function unresolved([name]: CommandLine, kind: 'not-found' | 'not-executable'): RunEnd {
  const why = kind === 'not-found' ? 'was not found' : 'can’t be executed';
  return failed('spawn-error', 'spawn', `the command '${name}' ${why}`);
}
