/** Giving back takes milliseconds, but where the daemon does not answer, or what the run left running is killed first. */
const MOST_MS = 1_000;

interface Leaving {
  readonly resources: readonly string[];
  readonly isTold: Promise<void>;
  readonly tell: () => void;
}

/**
 * Runs whose work is over, and what became of it not told yet. The daemon may
 * grant their lease to another run before its answer to their giving it back
 * is read: that run begins once they have told, for the news and the records
 * to be in the order in which things happened.
 */
export class HandingOn {
  /** Their resources, by run. */
  readonly #working = new Map<string, readonly string[]>();
  readonly #leaving = new Map<string, Leaving>();

  /** The run works under these resources. It tells of its end in every case. */
  begins(runId: string, resources: readonly string[]): void {
    this.#working.set(runId, resources);
  }

  /** The run's work is over. Nothing to do for one that has told already: its process may end later than it. */
  leaves(runId: string): void {
    const resources = this.#working.get(runId);
    if (resources === undefined) return;
    this.#working.delete(runId);
    let tell: () => void = () => undefined;
    const isTold = new Promise<void>((resolve) => {
      tell = resolve;
    });
    this.#leaving.set(runId, { resources, isTold, tell });
  }

  /** What became of the run's work is told. */
  told(runId: string): void {
    this.#working.delete(runId);
    this.#leaving.get(runId)?.tell();
    this.#leaving.delete(runId);
  }

  /**
   * Resolves once all have told that had one of these resources, or the signal
   * fires; soon in any case: the order is for readers, and who waits here has its lease already.
   */
  async turn(resources: readonly string[], signal: AbortSignal): Promise<void> {
    const before = [...this.#leaving.values()].filter((one) => one.resources.some((name) => resources.includes(name)));
    if (before.length === 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', go);
        resolve();
      };
      const timer = setTimeout(go, MOST_MS);
      signal.addEventListener('abort', go);
      void Promise.all(before.map(({ isTold }) => isTold)).then(go);
    });
  }
}
