import { type Client, isTenureError, OutputStream, type StreamOutputOptions } from '@tenure/client';
import { printBytes, warn } from '../output.js';

/** Writes what a session prints to this process's own stdout and stderr, byte for byte. */
export async function printOutput(
  client: Client,
  options: StreamOutputOptions,
  wants: (stream: OutputStream) => boolean = () => true,
): Promise<void> {
  for await (const { stream, chunk } of client.streamOutput({ onBreak: sayBreak, ...options })) {
    if (!wants(stream)) continue;
    await printBytes(chunk, stream === OutputStream.STDERR ? process.stderr : process.stdout);
  }
}

export function sayBreak(error: Error): void {
  // It is asked again at its byte: nothing is missing. That the daemon was away has been said before it came back.
  if (isTenureError(error, 'SLOW_WATCHER') || isTenureError(error, 'RECONCILING')) return;
  warn('tenure: the daemon is away; the output goes on when it is back');
}
