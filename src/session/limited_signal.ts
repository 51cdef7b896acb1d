import { LONGEST_TIMER_MS } from '../os/longest_timer.js';

/** A signal, and its owner's word that it is not needed any more. */
export interface LimitedSignal {
  readonly signal: AbortSignal;
  release(): void;
}

/** Fires with another signal, or once a time is over, however long that is; undefined: with the other alone. */
export function limitedSignal(signal: AbortSignal, limitMs: number | undefined): LimitedSignal {
  if (limitMs === undefined) return { signal, release: () => undefined };
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const arm = (leftMs: number): void => {
    const partMs = Math.min(leftMs, LONGEST_TIMER_MS);
    timer = setTimeout(() => (leftMs > partMs ? arm(leftMs - partMs) : over.abort()), partMs);
  };
  arm(limitMs);
  return { signal: AbortSignal.any([signal, over.signal]), release: () => clearTimeout(timer) };
}
