/** Something that comes once. Whoever gives up waiting for it leaves nothing behind, however long it takes to come. */
export class Moment {
  readonly #waiting = new Set<() => void>();
  #hasCome = false;

  come(): void {
    this.#hasCome = true;
    for (const tell of this.#waiting) tell();
    this.#waiting.clear();
  }

  /** Resolves once it has come, and at the signal's abort. */
  wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (this.#hasCome || signal?.aborted === true) {
        resolve();
        return;
      }
      const tell = (): void => {
        this.#waiting.delete(tell);
        signal?.removeEventListener('abort', tell);
        resolve();
      };
      this.#waiting.add(tell);
      signal?.addEventListener('abort', tell);
    });
  }
}
