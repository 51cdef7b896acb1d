import { type ChildProcess, spawn } from 'node:child_process';
import { argumentsFor } from './event_command_rules.js';
import type { TenureEvent } from './events.js';

export interface EventCommand {
  /** The file to run, and its arguments as a template. */
  readonly command: readonly [string, ...string[]];
  readonly environment: NodeJS.ProcessEnv;
  /** A command that runs longer is killed. */
  readonly timeLimitMs: number;
}

/** Runs a command for an event, without input, and answers how it failed. */
export function runEventCommand(
  { command, environment, timeLimitMs }: EventCommand,
  event: TenureEvent,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [file, ...template] = command;
  return new Promise((resolve) => {
    const failed = (error: Error): void => resolve(`${file}: ${error.message}`);
    let child: ChildProcess;
    try {
      child = spawn(file, argumentsFor(template, event), {
        stdio: 'ignore',
        env: environment,
        cwd: '/',
        timeout: timeLimitMs,
        killSignal: 'SIGKILL',
        signal,
      });
    } catch (error) {
      failed(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    // A command that can't be started may end by an error alone.
    child.once('error', failed);
    child.once('exit', (code, how) => {
      resolve(code === 0 ? undefined : `${file}: ended with ${how ?? `exit code ${code}`}`);
    });
  });
}
