import {
  OutputStream,
  type StreamOutputRequest,
  type StreamOutputResponse,
} from '@tenure/client/gen/tenure/session/v1/session_service';
import { Refusal } from '../../rpc/refusal.js';
import { invalid } from '../../rpc/request_checks.js';
import type { OutStream } from '../../rpc/streams.js';
import type { RemoteSessions } from '../adapter.js';
import type { LaunchedSession } from '../launched/launched_session.js';
import type { SessionView } from '../listing/merge_rules.js';
import { pause } from '../pause.js';
import type { SessionActs } from '../session_acts.js';

const CHUNK_BYTES = 64 * 1024;
/** Pause before a remote session that had nothing new is asked again. */
const LOOK_AGAIN_MS = 200;

type Name = 'stdout' | 'stderr';

const STREAMS = { stdout: OutputStream.STDOUT, stderr: OutputStream.STDERR } as const;

/** Streams what a session printed, and what it prints from now on. A slow reader is waited for; nothing is kept for it. */
export async function streamOutput(
  acts: Pick<SessionActs, 'session' | 'remoteOf'>,
  view: SessionView,
  request: StreamOutputRequest,
  out: OutStream<StreamOutputResponse>,
  signal: AbortSignal,
): Promise<void> {
  const { tailBytes, stdoutOffset, stderrOffset, follow } = request;
  if (tailBytes > 0n && (stdoutOffset > 0n || stderrOffset > 0n)) {
    throw invalid('tail_bytes', 'does not go with offsets; give one of them');
  }
  const session = acts.session(view.sessionId);
  if (session !== undefined) {
    await streamLaunched(session, request, out, signal);
    return;
  }
  const remote = acts.remoteOf(view.adapter);
  if (remote === undefined) {
    throw new Refusal('NOT_SUPPORTED', `session ${view.sessionId} was not launched here; its output is its own`);
  }
  let offset = Number(stdoutOffset);
  if (tailBytes > 0n) offset = Math.max(0, (await endOf(remote, view.nativeId, signal)) - Number(tailBytes));
  for (;;) {
    const piece = await remote.output(view.nativeId, offset, signal);
    if (piece.bytes.length > 0) await send(out, 'stdout', piece.offset, Buffer.from(piece.bytes));
    offset = piece.offset + piece.bytes.length;
    if (piece.ended || out.closed.aborted || (!follow && piece.bytes.length === 0)) return;
    // One that answers at once whatever it has is not asked in a circle.
    if (piece.bytes.length === 0) await pause(LOOK_AGAIN_MS, signal);
  }
}

/** Where a remote session's output ends now: only by reading it is that found out. */
async function endOf(remote: RemoteSessions, nativeId: string, signal: AbortSignal): Promise<number> {
  let offset = 0;
  for (;;) {
    const piece = await remote.output(nativeId, offset, signal);
    offset = piece.offset + piece.bytes.length;
    if (piece.ended || piece.bytes.length === 0) return offset;
  }
}

async function streamLaunched(
  session: LaunchedSession,
  request: StreamOutputRequest,
  out: OutStream<StreamOutputResponse>,
  signal: AbortSignal,
): Promise<void> {
  const { output } = session;
  const sizes = await output.sizes();
  const tail = Number(request.tailBytes);
  const next: Record<Name, number> = {
    stdout: tail > 0 ? Math.max(0, sizes.stdout - tail) : Number(request.stdoutOffset),
    stderr: tail > 0 ? Math.max(0, sizes.stderr - tail) : Number(request.stderrOffset),
  };
  let look = new AbortController();
  const giveUp = (): void => look.abort();
  signal.addEventListener('abort', giveUp);
  try {
    while (!out.closed.aborted) {
      // Asked first: what it printed before its end is read after it.
      const over = session.phase === 'ended' || !request.follow;
      // Begun before the look, so that nothing falls in between.
      look = new AbortController();
      const changed = over ? undefined : output.changed(look.signal);
      const sent = (await drain(session, 'stdout', next, out)) + (await drain(session, 'stderr', next, out));
      if (sent === 0 && over) break;
      if (sent === 0 && changed !== undefined) await Promise.race([changed, session.ended(look.signal)]);
      look.abort();
      await changed;
    }
  } finally {
    // Also where it could not be read: nobody waits for a change any more.
    look.abort();
    signal.removeEventListener('abort', giveUp);
  }
}

/** Sends all that there is of one stream now; answers how many bytes. */
async function drain(
  { output }: LaunchedSession,
  name: Name,
  next: Record<Name, number>,
  out: OutStream<StreamOutputResponse>,
): Promise<number> {
  let sent = 0;
  while (!out.closed.aborted) {
    const { offset, bytes } = await output.read(name, next[name], CHUNK_BYTES);
    if (bytes.length === 0) return sent;
    await send(out, name, offset, bytes);
    next[name] = offset + bytes.length;
    sent += bytes.length;
  }
  return sent;
}

async function send(out: OutStream<StreamOutputResponse>, name: Name, offset: number, chunk: Buffer): Promise<void> {
  if (!out.write({ stream: STREAMS[name], offset: BigInt(offset), chunk })) await out.drained();
}
