import { setMaxListeners } from 'node:events';
import { errnoOf } from './errno.js';
import { killGroup, type PipedChild, type PipedChildOrder, startPiped } from './piped_child.js';

export interface ShellCommand extends Pick<PipedChildOrder, 'environment' | 'directory' | 'input'> {
  /** For `/bin/sh -c`. Everybody on the machine can read it: nothing secret in it. */
  readonly command: string;
  readonly timeLimitMs: number;
  /** Undefined: what it prints is thrown away. */
  readonly maxOutputBytes?: number | undefined;
  /** Aborting it ends the command. */
  readonly signal?: AbortSignal | undefined;
}

/** What became of a command. Nothing in it but `output` comes from the command. */
export type CommandResult =
  | { readonly kind: 'done'; readonly output: Buffer }
  /** `how` goes on after "it": `ended with exit code 3`, `died of SIGKILL`, `could not be started: EAGAIN`. */
  | { readonly kind: 'failed'; readonly how: string }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'aborted' };

/** How long the shell's end waits for output that others keep open, and a kill for the shell's end. */
const GRACE_MS = 200;

/**
 * Runs a shell command in a process group of its own. Its messages
 * are thrown away: they may hold what it was given. At the limits, and when
 * it is aborted, the whole group is killed; what the command leaves behind
 * after its own end stays. Never rejects.
 */
export function runShellCommand(order: ShellCommand): Promise<CommandResult> {
  if (order.signal?.aborted === true) return Promise.resolve({ kind: 'aborted' });
  let started: PipedChild;
  try {
    started = startPiped({
      ...order,
      program: '/bin/sh',
      args: ['-c', order.command],
      hearsOutput: order.maxOutputBytes !== undefined,
      hearsMessages: false,
    });
  } catch (error) {
    return Promise.resolve(notStarted(error, order));
  }
  return new Promise((resolve) => follow(started, order, resolve));
}

function follow(
  { child, input, output }: PipedChild,
  order: ShellCommand,
  resolve: (result: CommandResult) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  /** Known from the shell's end, or from the cut, on. */
  let result: CommandResult | undefined;
  let shellEnded = false;
  let grace: NodeJS.Timeout | undefined;

  const finish = (): void => {
    clearTimeout(limit);
    clearTimeout(grace);
    order.signal?.removeEventListener('abort', abort);
    input?.ours.destroy();
    output?.ours.destroy();
    if (result?.kind === 'done') resolve({ kind: 'done', output: Buffer.concat(chunks) });
    else if (result !== undefined) resolve(result);
  };
  const cut = (cause: CommandResult): void => {
    if (result !== undefined && result.kind !== 'done') return;
    result = cause;
    killGroup(child);
    clearTimeout(limit);
    if (shellEnded) finish();
    // What the kernel keeps in a hanging call dies late, and is not waited for.
    else grace = setTimeout(finish, GRACE_MS);
  };
  const ended = (end: CommandResult): void => {
    shellEnded = true;
    result ??= end;
    clearTimeout(limit);
    if (result.kind !== 'done' || output === undefined || output.ours.destroyed) finish();
    // What is in the pipe by then is read in that turn of the loop, before its end.
    else grace = setTimeout(() => setImmediate(finish), GRACE_MS);
  };
  const abort = (): void => cut({ kind: 'aborted' });
  const limit = setTimeout(() => cut({ kind: 'timeout' }), order.timeLimitMs);

  if (order.signal !== undefined) {
    // Any number of commands may run under one signal: all leave it again.
    setMaxListeners(0, order.signal);
    order.signal.addEventListener('abort', abort);
  }
  output?.ours.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= (order.maxOutputBytes ?? 0)) chunks.push(chunk);
    else cut({ kind: 'too-large' });
  });
  // Output that can't be read any further has ended.
  output?.ours.on('error', () => undefined);
  output?.ours.once('close', () => {
    if (shellEnded) finish();
  });
  child.once('error', (error) => ended(notStarted(error, order)));
  child.once('exit', (code, killedBy) => ended(endOf(code, killedBy)));
}

function notStarted(error: unknown, { directory }: ShellCommand): CommandResult {
  // The kernel's ENOENT may mean the directory as well as the shell.
  const where = directory === undefined ? '' : ` in ${directory}`;
  return { kind: 'failed', how: `could not be started${where}: ${errnoOf(error) ?? 'unknown cause'}` };
}

function endOf(code: number | null, killedBy: NodeJS.Signals | null): CommandResult {
  if (code === 0) return { kind: 'done', output: Buffer.alloc(0) };
  return { kind: 'failed', how: killedBy === null ? `ended with exit code ${code}` : `died of ${killedBy}` };
}

/**
 * In words that follow "the command"; empty where it did not fail. Nothing that it printed.
 *
 * @param limit what it may take no longer than, such as `30 s`.
 */
export function howItFailed(result: CommandResult, limit: string): string {
  switch (result.kind) {
    case 'done':
      return '';
    case 'failed':
      return result.how;
    case 'timeout':
      return `took longer than ${limit} and was killed`;
    case 'too-large':
      return 'printed too much and was killed';
    case 'aborted':
      return 'was killed because the daemon stops';
  }
}
