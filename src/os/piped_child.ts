import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { type ChildPipe, pipeFromChild, pipeToChild } from './pipe.js';

export interface PipedChildOrder {
  /** A path, or a name that PATH leads to. */
  readonly program: string;
  /** Everybody on the machine can read them: nothing secret in them. */
  readonly args: readonly string[];
  /** All of its variables. */
  readonly environment: NodeJS.ProcessEnv;
  /** Where it runs; undefined: in `/`. */
  readonly directory?: string | undefined;
  /** All that it can read; undefined: nothing. */
  readonly input?: Uint8Array | undefined;
  /** Whether its standard output is heard; else it is thrown away. */
  readonly hearsOutput: boolean;
  /** The same of its standard error. */
  readonly hearsMessages: boolean;
}

/** A program that has been started, and our ends of its pipes. */
export interface PipedChild {
  readonly child: ChildProcess;
  readonly input: ChildPipe | undefined;
  readonly output: ChildPipe | undefined;
  readonly messages: ChildPipe | undefined;
}

/**
 * Starts a program in a process group of its own, and gives it its input.
 * Throws where it cannot even be tried, and leaves no pipe open then.
 */
export function startPiped(order: PipedChildOrder): PipedChild {
  const pipes: ChildPipe[] = [];
  const opened = (pipe: ChildPipe): ChildPipe => {
    pipes.push(pipe);
    return pipe;
  };
  try {
    const output = order.hearsOutput ? opened(pipeFromChild()) : undefined;
    const messages = order.hearsMessages ? opened(pipeFromChild()) : undefined;
    const input = order.input === undefined ? undefined : opened(pipeToChild());
    const child = spawn(order.program, order.args, {
      stdio: [input?.theirs ?? 'ignore', output?.theirs ?? 'ignore', messages?.theirs ?? 'ignore'],
      env: order.environment,
      cwd: order.directory ?? '/',
      detached: true,
    });
    // No program has to read what it is given.
    input?.ours.on('error', () => undefined);
    input?.ours.end(order.input ?? '');
    return { child, input, output, messages };
  } catch (error) {
    for (const { ours } of pipes) ours.destroy();
    throw error;
  } finally {
    for (const { theirs } of pipes) closeSync(theirs);
  }
}

/** Kills all that is in the group of a program that was started so. */
export function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is gone, or all of it is another user's by now: there is nobody left to end.
  }
}
