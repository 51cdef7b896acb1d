import { setMaxListeners } from 'node:events';
import { errnoOf } from './errno.js';
import type { ChildPipe } from './pipe.js';
import { killGroup, type PipedChild, type PipedChildOrder, startPiped } from './piped_child.js';

export interface ProgramOrder extends Pick<PipedChildOrder, 'program' | 'args' | 'environment' | 'input'> {
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
  let started: PipedChild;
  try {
    started = startPiped({ ...order, hearsOutput: true, hearsMessages: true });
  } catch (error) {
    return Promise.resolve(notStarted(error));
  }
  return new Promise((resolve) => follow(started, order, resolve));
}

interface Collected {
  readonly ended: Promise<void>;
  text(): string;
  stop(): void;
}

function follow(started: PipedChild, order: ProgramOrder, resolve: (end: ProgramEnd) => void): void {
  const { child, input } = started;
  const output = collect(started.output, order.maxOutputBytes);
  const messages = collect(started.messages, order.maxOutputBytes);
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
function collect(pipe: ChildPipe | undefined, most: number): Collected {
  const chunks: Buffer[] = [];
  let size = 0;
  pipe?.ours.on('data', (chunk: Buffer) => {
    if (size < most) chunks.push(chunk);
    size += chunk.length;
  });
  // Output that can't be read any further has ended.
  pipe?.ours.on('error', () => undefined);
  return {
    ended: new Promise((resolve) => {
      if (pipe === undefined) resolve();
      else pipe.ours.once('close', () => resolve());
    }),
    text: () => Buffer.concat(chunks).toString('utf8'),
    stop: () => pipe?.ours.destroy(),
  };
}

function notStarted(error: unknown): ProgramEnd {
  const cause = errnoOf(error) ?? '';
  return cause === 'ENOENT' ? { kind: 'not-found' } : { kind: 'not-started', cause };
}
