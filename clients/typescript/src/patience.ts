import { deferred } from './deferred.js';
import { cancelled, unreachable } from './errors.js';
import { LONGEST_TIMER_MS } from './longest_timer.js';
import { onAbort } from './on_abort.js';

/** How long and for what somebody waits for the daemon. */
export interface Patience {
  /** On the clock of `performance.now()`; Infinity: for ever. */
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
}

/** Waits for work that others may wait for too: giving up leaves it running. */
export async function withPatience<T>(work: Promise<T>, { deadline, signal }: Patience): Promise<T> {
  const over = deferred();
  const leftMs = deadline - performance.now();
  const timer =
    leftMs > LONGEST_TIMER_MS
      ? undefined
      : setTimeout(() => over.reject(unreachable('the daemon did not answer in time')), leftMs);
  const abort = () => over.reject(cancelled('given up while connecting', signal?.reason));
  if (signal?.aborted) {
    abort();
  }
  const stopListening = onAbort(signal, abort);
  try {
    return await Promise.race([work, over.promise]);
  } finally {
    clearTimeout(timer);
    stopListening();
  }
}
