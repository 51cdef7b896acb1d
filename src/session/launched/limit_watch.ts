import { LONGEST_TIMER_MS } from '../../os/longest_timer.js';
import type { Limits } from './record.js';

/** Looks for output this often, at most; and at least four times within the stall limit. */
const LONGEST_LOOK_MS = 5_000;

export interface LimitParts {
  readonly limits: Limits;
  /** How long it has run already, on a clock that does not jump. */
  readonly ranMs: number;
  /** On a clock that does not jump. */
  readonly nowMs: () => number;
  /** Bytes that it has printed so far. */
  readonly printedBytes: () => Promise<number>;
  /** Silence before its program has begun is none of its own, such as while its repository is cloned. */
  readonly hasBegun: () => boolean;
  /** Its time is up. Called once. */
  readonly onTimeout: () => void;
  /** It has been silent for too long, or prints again. */
  readonly onStall: (stalled: boolean) => void;
  readonly onFault: (error: unknown) => void;
}

/** Holds one session to its time limit, and notices when it falls silent. */
export class LimitWatch {
  readonly #parts: LimitParts;
  #timeout: NodeJS.Timeout | undefined;
  #look: NodeJS.Timeout | undefined;
  #stalled = false;
  #closed = false;
  readonly #startMs: number;
  #printed = 0;
  /** When it was last seen to have printed, or not to have begun. */
  #printedAtMs: number;

  constructor(parts: LimitParts) {
    this.#parts = parts;
    this.#startMs = parts.nowMs() - parts.ranMs;
    this.#printedAtMs = parts.nowMs();
  }

  start(): void {
    this.#awaitTimeout();
    this.#awaitLook();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timeout);
    clearTimeout(this.#look);
  }

  #awaitTimeout(): void {
    const { limits, nowMs, onTimeout } = this.#parts;
    if (limits.timeoutMs === undefined) return;
    const leftMs = this.#startMs + limits.timeoutMs - nowMs();
    this.#timeout = setTimeout(
      () => (leftMs > LONGEST_TIMER_MS ? this.#awaitTimeout() : onTimeout()),
      Math.min(Math.max(0, leftMs), LONGEST_TIMER_MS),
    );
  }

  #awaitLook(): void {
    const { stallMs } = this.#parts.limits;
    if (stallMs === undefined || this.#closed) return;
    const pause = Math.min(LONGEST_LOOK_MS, Math.max(10, stallMs / 4));
    this.#look = setTimeout(() => {
      this.#lookOnce(stallMs)
        .catch((error: unknown) => this.#parts.onFault(error))
        .finally(() => this.#awaitLook());
    }, pause);
  }

  async #lookOnce(stallMs: number): Promise<void> {
    const { printedBytes, hasBegun, nowMs, onStall } = this.#parts;
    const printed = await printedBytes();
    if (printed !== this.#printed || !hasBegun()) this.#printedAtMs = nowMs();
    this.#printed = printed;
    const stalled = nowMs() - this.#printedAtMs >= stallMs;
    if (this.#closed || stalled === this.#stalled) return;
    this.#stalled = stalled;
    onStall(stalled);
  }
}
