import { setTimeout as delay } from 'node:timers/promises';
import { cancelled } from './errors.js';

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
export async function pause(millis: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(millis, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    throw cancelled('given up while waiting for the daemon', error);
  }
}
