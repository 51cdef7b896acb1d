import { cancelled } from './errors.js';
import { onAbort } from './on_abort.js';

/** First and longest pause between two tries, in milliseconds: a daemon on the same machine is back soon or not at all. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 250;

/** Pauses that double from 50 to 250 ms. */
export class Backoff {
  #nextMs = FIRST_PAUSE_MS;

  reset(): void {
    this.#nextMs = FIRST_PAUSE_MS;
  }

  /** Waits for the next pause. Throws with reason CANCELLED when the signal fires. */
  async pause(signal?: AbortSignal): Promise<void> {
    const pauseMs = this.#nextMs;
    this.#nextMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    await pause(pauseMs, signal);
  }
}

/** Waits. Throws with reason CANCELLED when the signal fires. */
export function pause(millis: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(cancelled('given up while waiting for the daemon', signal?.reason));
    };
    const stopListening = onAbort(signal, abort);
    const timer = setTimeout(() => {
      stopListening();
      resolve();
    }, millis);
    if (signal?.aborted) {
      abort();
    }
  });
}
