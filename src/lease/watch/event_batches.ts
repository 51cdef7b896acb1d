import type { LeaseHistory } from './history.js';
import { frameOf, type HistoryEvent } from './history_event.js';
import type { WatchFilter } from './watch_filter.js';

export interface BatchLimits {
  readonly maxEvents: number;
  /** May be exceeded by one event. */
  readonly maxBytes: number;
}

export interface Batch {
  /** An encoded WatchLeasesResponse; undefined where the filter let nothing through. */
  readonly message: Buffer | undefined;
  /** All up to this revision is in this batch or was before it. */
  readonly upTo: number;
}

/** Most batches kept for watchers that come along at the same place. */
const SHARED = 8;

/** Cuts the history into messages. Watchers of everything at the same place share one. */
export class EventBatches {
  readonly #history: LeaseHistory;
  readonly #limits: BatchLimits;
  /** By the revision that they follow on. An older one is shorter than it could be, and still right. */
  readonly #shared = new Map<number, Batch>();

  constructor(history: LeaseHistory, limits: BatchLimits) {
    this.#history = history;
    this.#limits = limits;
  }

  /** What comes after a revision that is not compacted and not the latest. */
  after(revision: number, filter: WatchFilter): Batch {
    if (!filter.selectsAll) return this.#cut(revision, (event) => filteredFrame(filter, event));
    const known = this.#shared.get(revision);
    if (known !== undefined) return known;
    if (this.#shared.size >= SHARED) this.#shared.clear();
    const batch = this.#cut(revision, (event) => event.frame);
    this.#shared.set(revision, batch);
    return batch;
  }

  #cut(revision: number, frameOf: (event: HistoryEvent) => Buffer | undefined): Batch {
    const { maxEvents, maxBytes } = this.#limits;
    const frames: Buffer[] = [];
    let bytes = 0;
    for (let index = this.#history.indexAfter(revision); ; index += 1) {
      const event = this.#history.at(index);
      if (event === undefined) return { message: joined(frames, bytes), upTo: this.#history.latestRevision };
      const frame = frameOf(event);
      if (frame === undefined) continue;
      frames.push(frame);
      bytes += frame.length;
      if (frames.length >= maxEvents || bytes >= maxBytes) {
        return { message: joined(frames, bytes), upTo: event.revision };
      }
    }
  }
}

function filteredFrame(filter: WatchFilter, event: HistoryEvent): Buffer | undefined {
  const { facts } = event;
  const type = filter.typeFor(facts);
  if (type === undefined) return undefined;
  return type === facts.type ? event.frame : frameOf({ ...event.message(), type });
}

function joined(frames: readonly Buffer[], bytes: number): Buffer | undefined {
  return frames.length > 1 ? Buffer.concat(frames, bytes) : frames[0];
}
