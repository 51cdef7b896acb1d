/** Callbacks of the caller's, each ended by what `add` returns. */
export class Listeners<A extends readonly unknown[]> {
  readonly #all = new Set<(...args: A) => void>();

  add(listener: (...args: A) => void): () => void {
    // A function of its own, so that the same listener added twice is called twice.
    const own = (...args: A) => listener(...args);
    this.#all.add(own);
    return () => {
      this.#all.delete(own);
    };
  }

  call(...args: A): void {
    for (const listener of [...this.#all]) {
      callBack(() => listener(...args));
    }
  }
}

/** Runs the caller's code; what it throws is the caller's uncaught exception, not a fault of the stream that called. */
export function callBack(listener: () => void): void {
  try {
    listener();
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}
