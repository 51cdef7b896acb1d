/** Which services answer now. The empty name stands for the daemon as a whole. */
export class ServingRegistry {
  readonly #serving = new Map<string, boolean>();
  readonly #listeners = new Set<(service: string, serving: boolean) => void>();

  set(service: string, serving: boolean): void {
    if (this.#serving.get(service) === serving) return;
    this.#serving.set(service, serving);
    for (const listener of [...this.#listeners]) listener(service, serving);
  }

  /** For a shutdown: nothing answers any more. */
  setAll(serving: boolean): void {
    for (const service of [...this.#serving.keys()]) this.set(service, serving);
  }

  /** Undefined: no such service. */
  get(service: string): boolean | undefined {
    return this.#serving.get(service);
  }

  all(): ReadonlyMap<string, boolean> {
    return this.#serving;
  }

  /** Returns how to unsubscribe. */
  onChange(listener: (service: string, serving: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
