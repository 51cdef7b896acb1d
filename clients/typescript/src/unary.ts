import type { ClientUnaryCall, CallOptions as GrpcCallOptions, Metadata, ServiceError } from '@grpc/grpc-js';
import { Backoff } from './backoff.js';
import type { DaemonChannel } from './channel.js';
import type { Connection } from './connection.js';
import { cancelled, type TenureError, unreachable } from './errors.js';
import { LONGEST_TIMER_MS } from './longest_timer.js';
import { onAbort } from './on_abort.js';
import { Readiness } from './readiness.js';
import { isBreak, isUnanswered, toTenureError } from './status_details.js';
import { traceMetadata } from './tracing.js';

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
  /** How long a daemon that is away is waited for. Default: as long as the call may take. */
  readonly awayMs?: number | undefined;
  /** Of a call that must not be made twice: what may have been done when its answer is lost, and where that shows. */
  readonly doubt?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Makes a call, and makes it again where the connection broke under it and there is no doubt. */
export async function callUnary<Response>(
  connection: Connection,
  start: StartCall<Response>,
  limits: CallLimits,
): Promise<Response> {
  const deadline = performance.now() + limits.timeoutMs;
  const { awayMs = Number.POSITIVE_INFINITY, doubt, signal } = limits;
  let backoff: Backoff | undefined;
  let readiness: Readiness | undefined;
  /** What a daemon that is not ready has said to the try before. */
  let unready: TenureError | undefined;
  for (;;) {
    if (!connection.isReady()) {
      await connection.ready({ deadline: Math.min(deadline, performance.now() + awayMs), signal });
    }
    const answer = await callOnce(connection, start, deadline, signal);
    if (answer.kind === 'response') {
      return answer.response;
    }
    // Who is not ready for a call yet has done nothing of it.
    if (doubt !== undefined && answer.error.reason !== 'RECONCILING') {
      throw answer.unanswered ? inDoubt(answer.error, doubt) : answer.error;
    }
    if (!answer.again || performance.now() >= deadline) {
      // A try that the time limit cut short says less than the daemon did before it.
      throw answer.unanswered && connection.isReady() ? (unready ?? answer.error) : answer.error;
    }
    unready = answer.error.reason === 'RECONCILING' ? answer.error : undefined;
    readiness ??= new Readiness(connection.onNotReady);
    if (readiness.failed(answer.error)) {
      throw answer.error;
    }
    backoff ??= new Backoff();
    await backoff.pause(signal);
    // A daemon that is there has said why; one more call without time for an answer would not.
    if (performance.now() >= deadline && connection.isReady()) {
      throw answer.error;
    }
  }
}

type Answer<Response> =
  | { readonly kind: 'response'; readonly response: Response }
  | {
      readonly kind: 'error';
      readonly error: TenureError;
      /** Whether it may be made again. */
      readonly again: boolean;
      readonly unanswered: boolean;
    };

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
    const leftMs = deadline - performance.now();
    const options = leftMs > LONGEST_TIMER_MS ? {} : { deadline: Date.now() + leftMs };
    const metadata = traceMetadata(connection.tracing, true);
    const call = start(connection.channel, metadata, options, (error, response) => {
      stopListening();
      if (error === null) {
        resolve({ kind: 'response', response });
      } else if (signal?.aborted) {
        reject(cancelled('the call was cancelled', signal.reason));
      } else {
        const again = isBreak(error) && !connection.closing.aborted;
        resolve({ kind: 'error', error: toTenureError(error), again, unanswered: isUnanswered(error) });
      }
    });
  });
}

function inDoubt(error: TenureError, doubt: string): TenureError {
  return unreachable(`no answer came from the daemon, so ${doubt}; look there before trying again`, {
    metadata: { maybe_done: 'true' },
    cause: error,
  });
}
