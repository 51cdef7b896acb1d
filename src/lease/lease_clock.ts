/** How often the daemon looks at the clock at least, while leases have deadlines. */
export const HEARTBEAT_MS = 250;

/** A pause beyond the heartbeat that can't be ordinary scheduling. */
export const STALL_TOLERANCE_MS = 750;

/** The clocks of the machine; src/os has the real ones. */
export interface MachineClock {
  /** Stands still in suspend, never jumps. */
  monotonicMs(): number;
  /** Goes on in suspend, never jumps. */
  boottimeMs(): number;
  wallMs(): number;
}

/**
 * The time by which leases end: the machine's, less all time in which the
 * daemon itself stood still. No lease ends because its daemon was stopped or
 * starved, for a client could not have renewed it then.
 *
 * `observe` must be called at least once each heartbeat; a longer gap between
 * two calls is a stall.
 */
export class LeaseClock {
  readonly #machine: MachineClock;
  readonly #onStall: (stalledMs: number) => void;
  #lastObservedMs: number;
  #stalledMs = 0;

  constructor(machine: MachineClock, onStall: (stalledMs: number) => void) {
    this.#machine = machine;
    this.#onStall = onStall;
    this.#lastObservedMs = machine.monotonicMs();
  }

  observe(): void {
    const now = this.#machine.monotonicMs();
    const gap = now - this.#lastObservedMs;
    this.#lastObservedMs = now;
    if (gap <= HEARTBEAT_MS + STALL_TOLERANCE_MS) return;
    const stalled = gap - HEARTBEAT_MS;
    this.#stalledMs += stalled;
    this.#onStall(stalled);
  }

  /** Starts anew after a time in which nobody had to observe. */
  resume(): void {
    this.#lastObservedMs = this.#machine.monotonicMs();
  }

  /** For leases that a live client renews: it is suspended with the machine. */
  holdMs(): number {
    return this.#machine.monotonicMs() - this.#stalledMs;
  }

  /** For leases that end by time alone: it passes in suspend too. */
  ttlMs(): number {
    return this.#machine.boottimeMs() - this.#stalledMs;
  }

  wallMs(): number {
    return this.#machine.wallMs();
  }

  boottimeMs(): number {
    return this.#machine.boottimeMs();
  }

  get stalledMs(): number {
    return this.#stalledMs;
  }
}
