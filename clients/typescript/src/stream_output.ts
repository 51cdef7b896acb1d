import type { Connection } from './connection.js';
import {
  OutputStream,
  StreamOutputRequest,
  type StreamOutputResponse,
} from './gen/tenure/session/v1/session_service.js';
import { complete } from './requests.js';
import { resumingStream } from './resuming_stream.js';
import type { Sessions, StreamOutputOptions } from './sessions.js';

/** The first byte of each stream that has not been passed on; undefined: wherever its tail begins. */
interface Offsets {
  stdout: bigint | undefined;
  stderr: bigint | undefined;
}

/** See `Client.streamOutput`. */
export async function* streamOutput(
  connection: Connection,
  sessions: Pick<Sessions, 'getSession'>,
  options: StreamOutputOptions,
): AsyncGenerator<StreamOutputResponse, void, undefined> {
  const { sessionId, follow, tailBytes = 0n, signal, onBreak } = options;
  const isTail = tailBytes > 0n;
  const next: Offsets = {
    stdout: options.stdoutOffset ?? (isTail ? undefined : 0n),
    stderr: options.stderrOffset ?? (isTail ? undefined : 0n),
  };
  const chunks = resumingStream({
    connection,
    prepare: async (stop) => {
      if ((next.stdout === undefined) !== (next.stderr === undefined)) {
        // A request has offsets or a tail: of the stream that nothing came of, the tail is reckoned here.
        const { session } = await sessions.getSession({ sessionId }, { signal: stop });
        next.stdout ??= tailOf(session?.stdoutBytes, tailBytes);
        next.stderr ??= tailOf(session?.stderrBytes, tailBytes);
      }
    },
    open: (channel, metadata) => {
      const { stdout, stderr } = next;
      const begin =
        isTail && stdout === undefined && stderr === undefined
          ? { tailBytes }
          : { stdoutOffset: stdout, stderrOffset: stderr };
      return channel.sessions.streamOutput(complete(StreamOutputRequest, { sessionId, follow, ...begin }), metadata);
    },
    // The output itself is the history: what a slow reader missed is still there.
    isResumable: ({ reason }) => reason === 'SLOW_WATCHER',
    endsInOrder: true,
    onBreak,
    signal,
  });
  for await (const chunk of chunks) {
    const news = newsOf(chunk, next);
    if (news !== undefined) {
      yield news;
    }
  }
}

function tailOf(bytes = 0n, tailBytes: bigint): bigint {
  return bytes > tailBytes ? bytes - tailBytes : 0n;
}

/** What has not been passed on yet: a daemon that repeats itself is cut short. */
function newsOf(response: StreamOutputResponse, next: Offsets): StreamOutputResponse | undefined {
  const name = nameOf(response.stream);
  if (name === undefined) {
    return undefined;
  }
  const begin = next[name] ?? 0n;
  const end = response.offset + BigInt(response.chunk.length);
  if (end <= begin) {
    return undefined;
  }
  next[name] = end;
  if (response.offset >= begin) {
    return response;
  }
  return { ...response, offset: begin, chunk: response.chunk.subarray(Number(begin - response.offset)) };
}

function nameOf(stream: OutputStream): keyof Offsets | undefined {
  switch (stream) {
    case OutputStream.STDOUT:
      return 'stdout';
    case OutputStream.STDERR:
      return 'stderr';
    default:
      // A newer daemon's third one.
      return undefined;
  }
}
