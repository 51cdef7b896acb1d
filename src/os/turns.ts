/** Lets so many work at once. The others wait in their order. */
export class Turns {
  readonly #most: number;
  readonly #waiting = new Set<() => void>();
  #working = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Rejects with the signal's reason where that aborts before the turn has come. */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#turn(signal);
    try {
      return await work();
    } finally {
      this.#working -= 1;
      const [next] = this.#waiting;
      next?.();
    }
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#working < this.#most) {
      this.#working += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        this.#waiting.delete(enter);
        reject(signal?.reason);
      };
      const enter = (): void => {
        signal?.removeEventListener('abort', abort);
        this.#waiting.delete(enter);
        this.#working += 1;
        resolve();
      };
      this.#waiting.add(enter);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }
}
