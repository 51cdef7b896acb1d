import { type ClientReadableStream, Metadata, type ServiceError } from '@grpc/grpc-js';
import { Backoff } from './backoff.js';
import type { DaemonChannel } from './channel.js';
import type { Connection } from './connection.js';
import { isTenureError, type TenureError } from './errors.js';
import { readStream } from './read_stream.js';
import { isBreak, toTenureError } from './status_details.js';

/** A stream that is opened again whenever it breaks. */
export interface Resuming<T> {
  readonly connection: Connection;
  /** Opens the stream where it has to go on. */
  readonly open: (channel: DaemonChannel, metadata: Metadata) => ClientReadableStream<T>;
  /** Whether an end that the daemon gives a reason for is to be followed by another `open`. */
  readonly isResumable: (error: TenureError) => boolean;
  readonly onBreak: ((error: Error) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The messages of one stream after another. Ends in order when the signal fires or the client is closed. */
export async function* resumingStream<T>(resuming: Resuming<T>): AsyncGenerator<T, void, undefined> {
  const { connection } = resuming;
  const stop =
    resuming.signal === undefined ? connection.closing : AbortSignal.any([resuming.signal, connection.closing]);
  const backoff = new Backoff();
  try {
    while (!stop.aborted) {
      await connection.ready({ deadline: Number.POSITIVE_INFINITY, signal: stop });
      try {
        for await (const message of readStream(resuming.open(connection.channel, new Metadata()), stop)) {
          backoff.reset();
          yield message;
        }
      } catch (error) {
        reportBreak(resuming, error);
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
function reportBreak<T>({ isResumable, onBreak }: Resuming<T>, error: unknown): void {
  if (!isServiceError(error)) {
    throw error;
  }
  const tenureError = toTenureError(error);
  if (!isBreak(error) && !isResumable(tenureError)) {
    throw tenureError;
  }
  onBreak?.(tenureError);
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error && 'metadata' in error;
}
