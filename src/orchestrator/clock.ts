/** Time, as schedules see it: a parameter, so that ten minutes can pass in ten seconds. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once so many milliseconds have passed. Returns how to stop that. */
  after(milliseconds: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds);
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
