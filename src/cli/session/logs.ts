import { type Client, OutputStream, type StreamOutputOptions } from '@tenure/client';
import { Command } from 'commander';
import { readByteSize } from '../byte_size.js';
import { withClient } from '../connection.js';
import { UsageFailure } from '../failure.js';
import { printJson } from '../output.js';
import { findSession } from './find_session.js';
import { lastLines } from './last_lines.js';
import { printOutput, sayBreak } from './print_output.js';

/** How much of the end is wanted. */
type Tail = { readonly kind: 'lines' | 'bytes'; readonly count: number };

interface LogsOptions {
  readonly follow?: boolean;
  readonly tail?: Tail;
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  readonly json?: boolean;
}

const MAX_LINES = 100_000;

const DETAILS = `
What went to stdout comes out on stdout, what went to stderr on stderr. The two
are kept apart, each in its order; which came first is not kept. Only the newest
bytes of each are there (see --output-bytes of session launch).

With --json a line a piece: {"stream":"stdout","offset":"0","text":"..."}. The
offset counts bytes from the beginning of the stream.

Examples:
  tenure session logs s4k2q
  tenure session logs -f --tail 20 s4k2q
  tenure session logs --stderr --tail 4KiB s4k2q`;

export function logsCommand(): Command {
  return new Command('logs')
    .summary('show what a session has printed')
    .description('Show what a session that was launched here has printed.')
    .argument('<id>', 'the session, or the beginning of its id')
    .option('-f, --follow', 'go on until the session has ended')
    .option('-n, --tail <n>', 'only the last so many lines of each stream, or bytes like 500B or 4KiB', parseTail)
    .option('--stdout', 'only standard output')
    .option('--stderr', 'only standard error')
    .option('--json', 'print a JSON line a piece')
    .addHelpText('after', DETAILS)
    .action(async (wanted: string, options: LogsOptions) => {
      if (options.stdout === true && options.stderr === true) {
        throw new UsageFailure('give one of --stdout and --stderr, or none for both');
      }
      await withClient(async (client) => {
        const { sessionId } = await findSession(client, wanted);
        const begin = await beginOf(client, sessionId, options.tail);
        const stream = { sessionId, follow: options.follow, ...begin };
        if (options.json === true) await printPieces(client, stream, options);
        else await printOutput(client, stream, (one) => isWanted(one, options));
      });
    });
}

async function beginOf(
  client: Client,
  sessionId: string,
  tail: Tail | undefined,
): Promise<Partial<StreamOutputOptions>> {
  if (tail === undefined) return {};
  if (tail.kind === 'bytes') return { tailBytes: BigInt(tail.count) };
  return await lastLines(client, sessionId, tail.count);
}

function isWanted(stream: OutputStream, { stdout, stderr }: LogsOptions): boolean {
  if (stdout === true) return stream === OutputStream.STDOUT;
  return stderr !== true || stream === OutputStream.STDERR;
}

async function printPieces(client: Client, stream: StreamOutputOptions, options: LogsOptions): Promise<void> {
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  for await (const piece of client.streamOutput({ onBreak: sayBreak, ...stream })) {
    if (!isWanted(piece.stream, options)) continue;
    const name = piece.stream === OutputStream.STDERR ? 'stderr' : 'stdout';
    // A character that is cut in two comes with the next piece.
    const text = decoders[name].decode(piece.chunk, { stream: true });
    await printJson({ stream: name, offset: piece.offset.toString(), text });
  }
}

function parseTail(text: string): Tail {
  const isLines = /^\d+$/.test(text);
  const count = isLines ? Number(text) : readByteSize(text);
  if (count === undefined || (isLines ? count > MAX_LINES : count === 0)) {
    throw new UsageFailure(
      `'${text}' is no tail; write lines like 20, at most ${MAX_LINES}, or bytes like 500B or 4KiB`,
    );
  }
  return { kind: isLines ? 'lines' : 'bytes', count };
}
