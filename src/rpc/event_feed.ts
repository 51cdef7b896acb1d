import { Refusal } from './refusal.js';

/** The newest events of one kind by their revisions, for watchers that wait for more, or come back for what they have missed. */
export class EventFeed<Event> {
  readonly #kept: number;
  readonly #events: Event[] = [];
  readonly #waiting = new Set<() => void>();
  #revision: number;
  /** All up to it has been dropped. */
  #dropped: number;

  /**
   * @param firstRevision of a new run, above those of the run before: the wall clock in microseconds is their floor.
   * @param kept that many events.
   */
  constructor(firstRevision: number, kept: number) {
    this.#kept = kept;
    this.#revision = firstRevision;
    this.#dropped = firstRevision;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Who waits goes on once the caller's turn is over, and finds all that was added in it. */
  add(eventOf: (revision: bigint) => Event): void {
    this.#revision += 1;
    this.#events.push(eventOf(BigInt(this.#revision)));
    if (this.#events.length > this.#kept) {
      this.#events.shift();
      this.#dropped += 1;
    }
    for (const wake of [...this.#waiting]) wake();
  }

  /** Throws COMPACTED where not all of it is kept, and FUTURE_REVISION. */
  after(revision: number): readonly Event[] {
    if (revision > this.#revision) {
      throw new Refusal('FUTURE_REVISION', `revision ${revision} is ahead of this daemon's ${this.#revision}`);
    }
    if (revision < this.#dropped) {
      throw new Refusal('COMPACTED', 'the changes since then are no longer kept; watch without after_revision', {
        compacted_revision: String(this.#dropped),
      });
    }
    return this.#events.slice(revision - this.#dropped);
  }

  /** Resolves once there is more than this revision, and at the signal's abort. */
  async more(seen: number, closed: AbortSignal): Promise<void> {
    if (this.#revision > seen || closed.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        closed.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      closed.addEventListener('abort', wake);
    });
  }
}
