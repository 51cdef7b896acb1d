import { once } from 'node:events';
import { ExitCode } from './exit_codes.js';
import { systemWords } from './system_words.js';

/** What the shell reports of a program that a closed pipe ended. */
const BROKEN_PIPE_EXIT = 141;

function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EPIPE' || error.code === 'EIO');
}

const guarded = new WeakSet<NodeJS.WriteStream>();

/**
 * A reader that has left (`| head -1`) ends the command quietly, as it ends any
 * other program. What standard output does not take is told; of standard error
 * there is nobody left to tell.
 */
function guard(stream: NodeJS.WriteStream): void {
  if (guarded.has(stream)) return;
  guarded.add(stream);
  stream.on('error', (error: unknown) => giveUp(stream, error));
}

function giveUp(stream: NodeJS.WriteStream, error: unknown): void {
  if (isBrokenPipe(error)) process.exit(BROKEN_PIPE_EXIT);
  if (stream === process.stderr) return;
  warn(`tenure: standard output can't be written: ${systemWords(error)}; what was asked for may have been done`);
  process.exit(ExitCode.OUTPUT);
}

/** Answers whether there is room for more. A file's faults come at once, a pipe's by an event. */
function write(stream: NodeJS.WriteStream, chunk: string | Uint8Array): boolean {
  guard(stream);
  try {
    return stream.write(chunk);
  } catch (error) {
    giveUp(stream, error);
    return true;
  }
}

/** Writes a line to standard output, and waits while its reader is slower. */
export async function printLine(line: string): Promise<void> {
  await printBytes(Buffer.from(`${line}\n`));
}

/** Writes bytes as they are, and waits while their reader is slower. */
export async function printBytes(bytes: Uint8Array, stream: NodeJS.WriteStream = process.stdout): Promise<void> {
  if (!write(stream, bytes)) await once(stream, 'drain');
}

/** Writes a text as it is, and waits for nobody. */
export function print(text: string, stream: NodeJS.WriteStream = process.stdout): void {
  write(stream, text);
}

export async function printJson(value: unknown): Promise<void> {
  await printLine(JSON.stringify(value));
}

/** Writes a line to standard error. */
export function warn(line: string): void {
  write(process.stderr, `${line}\n`);
}

/** Resolves once all that was written has left the process; does not return where it could not. */
export async function flush(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    if (guarded.has(stream) && stream.writableLength > 0) await new Promise((written) => stream.write('', written));
    // Its event comes only after this process would have ended.
    if (stream.errored) giveUp(stream, stream.errored);
  }
}
