import type { ClientReadableStream, Metadata, ServiceError } from '@grpc/grpc-js';
import { Backoff } from './backoff.js';
import type { DaemonChannel } from './channel.js';
import type { Connection } from './connection.js';
import { isTenureError, type TenureError } from './errors.js';
import { readStream } from './read_stream.js';
import { isBreak, toTenureError } from './status_details.js';
import { traceMetadata } from './tracing.js';

/** A stream that is opened again whenever it breaks. */
export interface Resuming<T> {
  readonly connection: Connection;
  /** Finds out, before each `open`, what it has to know. */
  readonly prepare?: (stop: AbortSignal) => Promise<void>;
  /** Opens the stream where it has to go on. */
  readonly open: (channel: DaemonChannel, metadata: Metadata) => ClientReadableStream<T>;
  /** Whether an end that the daemon gives a reason for is to be followed by another `open`. */
  readonly isResumable: (error: TenureError) => boolean;
  /** Whether an end without an error is the end of all. Default: the stream is opened again. */
  readonly endsInOrder?: boolean;
  readonly onBreak: ((error: Error) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The messages of one stream after another. Ends in order when the signal fires or the client is closed. */
export async function* resumingStream<T>(resuming: Resuming<T>): AsyncGenerator<T, void, undefined> {
  const { connection } = resuming;
  const stop =
    resuming.signal === undefined ? connection.closing : AbortSignal.any([resuming.signal, connection.closing]);
  const backoff = new Backoff();
  /** A daemon that is not ready says so to each try: one is told of. */
  let notReady = false;
  try {
    while (!stop.aborted) {
      await connection.ready({ deadline: Number.POSITIVE_INFINITY, signal: stop });
      await resuming.prepare?.(stop);
      try {
        for await (const message of readStream(
          resuming.open(connection.channel, traceMetadata(connection.tracing)),
          stop,
        )) {
          backoff.reset();
          notReady = false;
          yield message;
        }
        if (resuming.endsInOrder === true) {
          return;
        }
      } catch (error) {
        const broken = resumableError(resuming, error);
        const again = notReady;
        notReady = broken.reason === 'RECONCILING';
        if (!(again && notReady)) {
          resuming.onBreak?.(broken);
        }
      }
      if (!stop.aborted) {
        await backoff.pause(stop);
      }
    }
  } catch (error) {
    if (!(stop.aborted && isTenureError(error, 'CANCELLED'))) {
      throw error;
    }
  }
}

/** Throws what no other try would change. */
function resumableError<T>({ isResumable }: Resuming<T>, error: unknown): TenureError {
  if (!isServiceError(error)) {
    throw error;
  }
  const tenureError = toTenureError(error);
  if (!isBreak(error) && !isResumable(tenureError)) {
    throw tenureError;
  }
  return tenureError;
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error && 'metadata' in error;
}
