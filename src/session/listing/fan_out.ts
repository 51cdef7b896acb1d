import { messageOf } from '../../os/errno.js';

/** What became of asking one. */
export interface AdapterAnswer<T> {
  readonly adapter: { readonly name: string };
  readonly ok: boolean;
  /** Empty where it answered. */
  readonly error: string;
  readonly latencyMs: number;
  readonly value: T | undefined;
}

export interface FanOutOptions {
  readonly limitMs: number;
  /** On a clock that does not jump. */
  readonly nowMs: () => number;
}

/**
 * Asks all at once, in their order. Each has its own time: at the limit its
 * signal fires, and what it says later is dropped. One that throws, hangs or
 * says something that nobody can use harms no other. Never rejects.
 */
export function askAll<Adapter extends { readonly name: string }, T>(
  adapters: readonly Adapter[],
  ask: (adapter: Adapter, signal: AbortSignal) => Promise<T>,
  { limitMs, nowMs }: FanOutOptions,
): Promise<readonly AdapterAnswer<T>[]> {
  return Promise.all(
    adapters.map(async (adapter) => {
      const beganMs = nowMs();
      try {
        const value = await within(limitMs, (signal) => ask(adapter, signal));
        return { adapter, ok: true, error: '', latencyMs: nowMs() - beganMs, value };
      } catch (error) {
        return { adapter, ok: false, error: messageOf(error), latencyMs: nowMs() - beganMs, value: undefined };
      }
    }),
  );
}

async function within<T>(limitMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const control = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`no answer within ${limitMs / 1000} s`);
      control.abort(error);
      reject(error);
    }, limitMs);
  });
  try {
    // One that throws before its promise is there is no other than one that rejects.
    return await Promise.race([Promise.resolve().then(() => work(control.signal)), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
