import { Refusal } from './refusal.js';

/** What every event of a feed has. */
export interface FeedEvent {
  readonly revision: bigint;
}

/** The newest changes of something, in order, each with a revision, for watchers that read on and that come back. */
export class ChangeFeed<Event extends FeedEvent> {
  readonly #kept: number;
  readonly #events: Event[] = [];
  readonly #listeners = new Set<() => void>();
  #revision: number;
  /** All up to it has been dropped. */
  #dropped: number;

  /**
   * @param firstRevision revisions of a new run go on above those of the run before: the wall clock in microseconds is
   *   their floor.
   * @param kept how many events watchers may be behind.
   */
  constructor(firstRevision: number, kept: number) {
    this.#revision = firstRevision;
    this.#dropped = firstRevision;
    this.#kept = kept;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Readers are told by `tell`, once all that belongs together is there. */
  add(eventOf: (revision: bigint) => Event): void {
    this.#revision += 1;
    this.#events.push(eventOf(BigInt(this.#revision)));
    if (this.#events.length <= this.#kept) return;
    this.#events.shift();
    this.#dropped += 1;
  }

  tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** What is newer than a revision. Throws where that is no longer kept, or was never reached. */
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

  /** Resolves once there is more than this revision, or the signal fires. */
  async news(seen: number, closed: AbortSignal): Promise<void> {
    if (this.#revision > seen || closed.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#listeners.delete(wake);
        closed.removeEventListener('abort', wake);
        resolve();
      };
      this.#listeners.add(wake);
      closed.addEventListener('abort', wake);
    });
  }
}
