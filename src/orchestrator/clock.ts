/** Time, as schedules see it: a parameter, so that ten minutes can pass in ten seconds. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once so many milliseconds have passed. Returns how to stop that. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** What a timer takes; one that is longer would go off at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (milliseconds, callback) => {
    let timer: NodeJS.Timeout;
    const wait = (leftMs: number) => {
      const partMs = Math.min(leftMs, LONGEST_TIMER_MS);
      timer = setTimeout(() => (partMs < leftMs ? wait(leftMs - partMs) : callback()), partMs);
    };
    wait(milliseconds);
    return () => clearTimeout(timer);
  },
};

/** Waits; answers at once when the signal fires. */
export async function pause(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      stop();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const stop = clock.after(milliseconds, done);
    signal.addEventListener('abort', done);
  });
}
