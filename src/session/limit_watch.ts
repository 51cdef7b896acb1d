import type { Limits } from './record.js';

/** Looks for output this often, at most; and at least four times within the stall limit. */
const LONGEST_LOOK_MS = 5_000;
/** Node fires a longer timer at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface LimitParts {
  readonly limits: Limits;
  readonly startWallMs: number;
  readonly wallMs: () => number;
  /** When the session last printed anything; undefined: never. */
  readonly activityWallMs: () => Promise<number | undefined>;
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

  constructor(parts: LimitParts) {
    this.#parts = parts;
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
    const { limits, startWallMs, wallMs, onTimeout } = this.#parts;
    if (limits.timeoutMs === undefined) return;
    const leftMs = startWallMs + limits.timeoutMs - wallMs();
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
    const { activityWallMs, startWallMs, wallMs, onStall } = this.#parts;
    const last = (await activityWallMs()) ?? startWallMs;
    const stalled = wallMs() - Math.max(last, startWallMs) >= stallMs;
    if (this.#closed || stalled === this.#stalled) return;
    this.#stalled = stalled;
    onStall(stalled);
  }
}
