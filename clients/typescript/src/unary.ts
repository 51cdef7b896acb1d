import { type ClientUnaryCall, type CallOptions as GrpcCallOptions, Metadata, type ServiceError } from '@grpc/grpc-js';
import { Backoff } from './backoff.js';
import type { DaemonChannel } from './channel.js';
import type { Connection } from './connection.js';
import { cancelled, type TenureError } from './errors.js';
import { onAbort } from './on_abort.js';
import { isBreak, toTenureError } from './status_details.js';

/** Makes one call on a channel. */
export type StartCall<Response> = (
  channel: DaemonChannel,
  metadata: Metadata,
  options: Partial<GrpcCallOptions>,
  callback: (error: ServiceError | null, response: Response) => void,
) => ClientUnaryCall;

/** How long a call may take, its repetitions after breaks included. */
export interface CallLimits {
  /** Infinity: for ever. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

const METADATA = new Metadata({ waitForReady: true });

/** Makes a call, and makes it again where the connection broke under it. Only for calls that may be repeated. */
export async function callUnary<Response>(
  connection: Connection,
  start: StartCall<Response>,
  limits: CallLimits,
): Promise<Response> {
  const deadline = performance.now() + limits.timeoutMs;
  const { signal } = limits;
  let backoff: Backoff | undefined;
  for (;;) {
    if (!connection.isReady()) {
      await connection.ready({ deadline, signal });
    }
    const answer = await callOnce(connection, start, deadline, signal);
    if (answer.kind === 'response') {
      return answer.response;
    }
    if (!answer.again || performance.now() >= deadline) {
      throw answer.error;
    }
    backoff ??= new Backoff();
    await backoff.pause(signal);
  }
}

type Answer<Response> =
  | { readonly kind: 'response'; readonly response: Response }
  | { readonly kind: 'error'; readonly error: TenureError; readonly again: boolean };

function callOnce<Response>(
  connection: Connection,
  start: StartCall<Response>,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<Answer<Response>> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(cancelled('the call was cancelled', signal.reason));
      return;
    }
    const stopListening = onAbort(signal, () => call.cancel());
    const options =
      deadline === Number.POSITIVE_INFINITY ? {} : { deadline: Date.now() + (deadline - performance.now()) };
    const call = start(connection.channel, METADATA, options, (error, response) => {
      stopListening();
      if (error === null) {
        resolve({ kind: 'response', response });
      } else if (signal?.aborted) {
        reject(cancelled('the call was cancelled', signal.reason));
      } else {
        resolve({ kind: 'error', error: toTenureError(error), again: isBreak(error) && !connection.closing.aborted });
      }
    });
  });
}
