/**
 * Lets one look run at a time, and gives up waiting at the abort: a look that
 * hangs in a dead file system must hang neither its caller nor, with every
 * new one, another thread.
 */
export class OneLook {
  #running: Promise<void> | undefined;

  async run<T>(look: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    let onAbort: () => void = () => undefined;
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => reject(signal.reason);
    });
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      while (this.#running !== undefined) await Promise.race([this.#running, aborted]);
      const result = look();
      const over = (): void => {
        this.#running = undefined;
      };
      this.#running = result.then(over, over);
      return await Promise.race([result, aborted]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}
