import { type ChildProcess, spawn } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { closeSync } from 'node:fs';
import { errnoOf } from './errno.js';
import { type ChildPipe, pipeFromChild, pipeToChild } from './pipe.js';

export interface ProgramOrder {
  /** A path, or a name that PATH leads to. */
  readonly program: string;
  /** Everybody on the machine can read them: nothing secret in them. */
  readonly args: readonly string[];
  /** All of its variables. */
  readonly environment: NodeJS.ProcessEnv;
  /** All that it can read; undefined: nothing. */
  readonly input?: Uint8Array | undefined;
  readonly timeLimitMs: number;
  /** Of each stream; the rest is read and dropped. */
  readonly maxOutputBytes: number;
  /** Aborting it kills the program. */
  readonly signal?: AbortSignal | undefined;
}

/** What became of a program. */
export type ProgramEnd =
  | {
      readonly kind: 'ended';
      /** Undefined: a signal ended it. */
      readonly code: number | undefined;
      readonly output: string;
      /** What it said on standard error. */
      readonly messages: string;
    }
  | { readonly kind: 'not-found' }
  /** Such as EAGAIN; empty where nobody says. */
  | { readonly kind: 'not-started'; readonly cause: string }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'aborted' };

/** How long the program's own end waits for output that its children keep open. */
const GRACE_MS = 200;

/** Runs a program in `/`, in a process group of its own, which is killed whole at the limit. Never rejects. */
export function runProgram(order: ProgramOrder): Promise<ProgramEnd> {
  if (order.signal?.aborted === true) return Promise.resolve({ kind: 'aborted' });
  let started: Started;
  try {
    started = start(order);
  } catch (error) {
    return Promise.resolve(notStarted(error));
  }
  return new Promise((resolve) => follow(started, order, resolve));
}

interface Started {
  readonly child: ChildProcess;
  readonly input: ChildPipe | undefined;
  readonly output: Collected;
  readonly messages: Collected;
}

interface Collected {
  readonly ended: Promise<void>;
  text(): string;
  stop(): void;
}

function start({ program, args, environment, input, maxOutputBytes }: ProgramOrder): Started {
  const pipes: ChildPipe[] = [];
  const opened = (pipe: ChildPipe): ChildPipe => {
    pipes.push(pipe);
    return pipe;
  };
  try {
    const output = opened(pipeFromChild());
    const messages = opened(pipeFromChild());
    const given = input === undefined ? undefined : opened(pipeToChild());
    const child = spawn(program, args, {
      stdio: [given?.theirs ?? 'ignore', output.theirs, messages.theirs],
      env: environment,
      cwd: '/',
      detached: true,
    });
    return {
      child,
      input: given,
      output: collect(output, maxOutputBytes),
      messages: collect(messages, maxOutputBytes),
    };
  } catch (error) {
    for (const { ours } of pipes) ours.destroy();
    throw error;
  } finally {
    for (const { theirs } of pipes) closeSync(theirs);
  }
}

function follow({ child, input, output, messages }: Started, order: ProgramOrder, resolve: (end: ProgramEnd) => void) {
  let cut: ProgramEnd | undefined;
  let tooLate: NodeJS.Timeout | undefined;
  const kill = (because: ProgramEnd): void => {
    if (cut !== undefined) return;
    cut = because;
    killGroup(child);
    // What the kernel keeps in a hanging call dies late, and is not waited for.
    tooLate = setTimeout(() => finish(because), GRACE_MS);
  };
  const limit = setTimeout(() => kill({ kind: 'timeout' }), order.timeLimitMs);
  const abort = (): void => kill({ kind: 'aborted' });
  const finish = (end: ProgramEnd): void => {
    clearTimeout(limit);
    clearTimeout(tooLate);
    order.signal?.removeEventListener('abort', abort);
    input?.ours.destroy();
    output.stop();
    messages.stop();
    resolve(cut ?? end);
  };
  if (order.signal !== undefined) {
    // Any number of programs may run under one signal: all leave it again.
    setMaxListeners(0, order.signal);
    order.signal.addEventListener('abort', abort);
  }
  // No program has to read what it is given.
  input?.ours.on('error', () => undefined);
  input?.ours.end(order.input ?? '');
  child.once('error', (error) => finish(notStarted(error)));
  child.once('exit', (code) => {
    clearTimeout(limit);
    // What stands in the pipes by now is read before; who keeps them open is not waited for.
    const grace = setTimeout(() => setImmediate(read), GRACE_MS);
    const read = (): void => {
      clearTimeout(grace);
      finish({ kind: 'ended', code: code ?? undefined, output: output.text(), messages: messages.text() });
    };
    Promise.all([output.ended, messages.ended]).then(read, read);
  });
}

/** What a child writes, up to a limit. */
function collect({ ours }: ChildPipe, most: number): Collected {
  const chunks: Buffer[] = [];
  let size = 0;
  ours.on('data', (chunk: Buffer) => {
    if (size < most) chunks.push(chunk);
    size += chunk.length;
  });
  // Output that can't be read any further has ended.
  ours.on('error', () => undefined);
  return {
    ended: new Promise((resolve) => {
      ours.once('close', () => resolve());
    }),
    text: () => Buffer.concat(chunks).toString('utf8'),
    stop: () => ours.destroy(),
  };
}

function notStarted(error: unknown): ProgramEnd {
  const cause = errnoOf(error) ?? '';
  return cause === 'ENOENT' ? { kind: 'not-found' } : { kind: 'not-started', cause };
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone: there is nobody left to end.
  }
}
