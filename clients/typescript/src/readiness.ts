import type { TenureError } from './errors.js';

/** Sessions are taken up in well under a second, as a rule: who waits longer hears of it. */
const TELL_MS = 2_000;
/** A podman that hangs is given up by the daemon after 30 s, and then its log says so. */
const LONGEST_MS = 45_000;

/** Hears of a daemon that is not ready for a call yet, at most once a call. */
export type OnNotReady = (error: TenureError) => void;

/** How long one call has been told that the daemon is not ready for it yet. */
export class Readiness {
  readonly #onNotReady: OnNotReady | undefined;
  readonly #now: () => number;
  #since: number | undefined;
  #told = false;

  /** @param now milliseconds that only grow. */
  constructor(onNotReady: OnNotReady | undefined, now: () => number = () => performance.now()) {
    this.#onNotReady = onNotReady;
    this.#now = now;
  }

  /** A call has failed; answers whether the daemon has been unready for too long. */
  failed(error: TenureError): boolean {
    if (error.reason !== 'RECONCILING') {
      this.#since = undefined;
      return false;
    }
    const now = this.#now();
    this.#since ??= now;
    const waitedMs = now - this.#since;
    if (waitedMs >= LONGEST_MS) return true;
    if (waitedMs >= TELL_MS && !this.#told) {
      this.#told = true;
      this.#onNotReady?.(error);
    }
    return false;
  }
}
