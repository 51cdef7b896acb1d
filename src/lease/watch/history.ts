import type { StoredEvent } from '../../store/port.js';
import { HistoryEvent } from './history_event.js';

export interface HistoryOptions {
  /** Most events kept. Default: 10,000. */
  readonly maxEvents?: number;
  /** Most bytes of encoded events kept. Default: 8 MiB. */
  readonly maxBytes?: number;
  /** All events up to this revision have been dropped here; the store may drop them too. */
  readonly onCompact: (revision: number) => void;
}

const MAX_EVENTS = 10_000;
const MAX_BYTES = 8 * 1024 * 1024;
/** What a compaction leaves of either bound, so that the next one is an eighth of it away. */
const KEPT = 7 / 8;

/** The newest events in revision order. All that is in here is committed. */
export class LeaseHistory {
  readonly #maxEvents: number;
  readonly #maxBytes: number;
  readonly #onCompact: (revision: number) => void;
  #events: HistoryEvent[] = [];
  #bytes = 0;
  #latestRevision = 0;
  #compactedRevision = 0;
  #beforeDrop: (() => void) | undefined;

  constructor({ maxEvents = MAX_EVENTS, maxBytes = MAX_BYTES, onCompact }: HistoryOptions) {
    this.#maxEvents = maxEvents;
    this.#maxBytes = maxBytes;
    this.#onCompact = onCompact;
  }

  get length(): number {
    return this.#events.length;
  }

  /** All up to here is known: by events, or because none happened. */
  get latestRevision(): number {
    return this.#latestRevision;
  }

  /** Events up to here are gone. */
  get compactedRevision(): number {
    return this.#compactedRevision;
  }

  /** Called before events are dropped: the last moment to hand them on. */
  set beforeDrop(listener: () => void) {
    this.#beforeDrop = listener;
  }

  /** Takes over what the store kept, in revision order. */
  restore(stored: readonly StoredEvent[], compactedRevision: number): void {
    if (this.#latestRevision > 0) throw new Error('a history is restored once, before anything is appended');
    this.#compactedRevision = compactedRevision;
    this.#latestRevision = compactedRevision;
    this.append(
      stored
        .filter((event) => event.revision > compactedRevision)
        .map((event) => HistoryEvent.restore(event.revision, event.bytes)),
    );
  }

  /** Adds events once they are committed, each of a greater revision than all before it. */
  append(events: readonly HistoryEvent[]): void {
    for (const event of events) {
      if (event.revision <= this.#latestRevision) {
        throw new Error(`event ${event.revision} comes after ${this.#latestRevision}; events go in revision order`);
      }
      this.#latestRevision = event.revision;
      this.#events.push(event);
      this.#bytes += event.frame.length;
    }
    if (this.#events.length > this.#maxEvents || this.#bytes > this.#maxBytes) this.#compact();
  }

  /**
   * Says that nothing else happened up to this revision. Not while an event
   * at or below it may still be committed.
   */
  advance(revision: number): void {
    if (revision > this.#latestRevision) this.#latestRevision = revision;
  }

  /** Index of the first event after a revision; `length` where there is none. Good until the next append. */
  indexAfter(revision: number): number {
    if (revision >= this.#latestRevision) return this.#events.length;
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const event = this.#events[middle];
      if (event !== undefined && event.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  at(index: number): HistoryEvent | undefined {
    return this.#events[index];
  }

  /** Drops more than it must, so that it is rarely called. */
  #compact(): void {
    this.#beforeDrop?.();
    const keepEvents = Math.floor(this.#maxEvents * KEPT);
    const keepBytes = this.#maxBytes * KEPT;
    let dropped = 0;
    for (const event of this.#events) {
      if (this.#events.length - dropped <= keepEvents && this.#bytes <= keepBytes) break;
      this.#bytes -= event.frame.length;
      this.#compactedRevision = event.revision;
      dropped += 1;
    }
    this.#events.splice(0, dropped);
    this.#onCompact(this.#compactedRevision);
  }
}
