/** How often counts are compared while somebody watches: a burst of changes is one. */
const COMPARE_MS = 200;

/** Follows the changes of the status for one watcher. */
export interface ChangeCursor {
  /** Resolves at a change since the last call, after the time at the latest, or when the signal fires. */
  next(timeoutMs: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

/**
 * Tells watchers that the status changed: at once where somebody says so, and
 * by comparing outlines for what nobody reports. Runs a timer only while there
 * are watchers.
 */
export class StatusChanges {
  readonly #outline: () => string;
  readonly #compareMs: number;
  readonly #wakers = new Set<() => void>();
  #cursors = 0;
  #version = 0;
  #last = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(outline: () => string, compareMs = COMPARE_MS) {
    this.#outline = outline;
    this.#compareMs = compareMs;
  }

  /** Looks now. */
  check(): void {
    if (this.#cursors === 0) return;
    const outline = this.#outline();
    if (outline === this.#last) return;
    this.#last = outline;
    this.#version += 1;
    for (const wake of [...this.#wakers]) wake();
  }

  open(): ChangeCursor {
    if (this.#cursors === 0) {
      this.#last = this.#outline();
      this.#timer = setInterval(() => this.check(), this.#compareMs);
    }
    this.#cursors += 1;
    let seen = this.#version;
    let open = true;
    return {
      next: async (timeoutMs, signal) => {
        if (seen === this.#version && !signal.aborted) await this.#wait(timeoutMs, signal);
        seen = this.#version;
      },
      close: () => {
        if (!open) return;
        open = false;
        this.#cursors -= 1;
        if (this.#cursors === 0) clearInterval(this.#timer);
      },
    };
  }

  async #wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#wakers.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#wakers.add(done);
      signal.addEventListener('abort', done);
    });
  }
}
