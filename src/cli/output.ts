import { once } from 'node:events';

/** What the shell reports of a program that a closed pipe ended. */
const BROKEN_PIPE_EXIT = 141;

function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EPIPE' || error.code === 'EIO');
}

const guarded = new WeakSet<NodeJS.WriteStream>();

/** A reader that has left (`| head -1`) ends the command quietly, as it ends any other program. */
function guard(stream: NodeJS.WriteStream): void {
  if (guarded.has(stream)) return;
  guarded.add(stream);
  stream.on('error', (error: unknown) => {
    if (isBrokenPipe(error)) process.exit(BROKEN_PIPE_EXIT);
    throw error;
  });
}

/** Writes a line to standard output, and waits while its reader is slower. */
export async function printLine(line: string): Promise<void> {
  guard(process.stdout);
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
}

/** Writes bytes as they are, and waits while their reader is slower. */
export async function printBytes(bytes: Uint8Array, stream: NodeJS.WriteStream = process.stdout): Promise<void> {
  guard(stream);
  if (!stream.write(bytes)) await once(stream, 'drain');
}

export async function printJson(value: unknown): Promise<void> {
  await printLine(JSON.stringify(value));
}

/** Writes a line to standard error. */
export function warn(line: string): void {
  guard(process.stderr);
  process.stderr.write(`${line}\n`);
}

/** Resolves once all that was written has left the process. */
export async function flush(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    if (guarded.has(stream) && stream.writableLength > 0) await new Promise((written) => stream.write('', written));
  }
}
