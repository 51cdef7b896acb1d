import { setImmediate as nextTurn } from 'node:timers/promises';
import { LeaseEventType } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { Refusal } from '../../rpc/refusal.js';
import type { EventBatches } from './event_batches.js';
import type { LeaseHistory } from './history.js';
import type { WatchFilter } from './watch_filter.js';
import { markFrame } from './watch_snapshot.js';

/** What a watch needs of its stream. */
export interface WatchOut {
  /** Takes an encoded WatchLeasesResponse in any case; false asks to wait for `drained`. */
  write(message: Buffer): boolean;
  drained(): Promise<void>;
  /** Fires when nobody reads any more. */
  readonly closed: AbortSignal;
}

/** Where a watch begins. */
export interface WatchStart {
  /** All up to here is known to the watcher, or in `opening`. */
  readonly cursor: number;
  /** Sent first; undefined stands for a pause. With the `synced` mark. */
  readonly opening: Iterator<Buffer | undefined, void, undefined> | undefined;
  /** The revision from which on the `synced` mark is due, where `opening` has none. */
  readonly syncAt: number | undefined;
}

/** Idle ticks after which a bookmark is due. */
export const TICKS_TO_BOOKMARK = 4;

/** One watch: a place in the shared history, and no buffer of its own. */
export class Watcher {
  /** Rejects with the refusal that the watch ends with; resolves when nobody reads any more. */
  readonly done: Promise<void>;
  readonly #history: LeaseHistory;
  readonly #batches: EventBatches;
  readonly #filter: WatchFilter;
  readonly #out: WatchOut;
  readonly #onEnd: (watcher: Watcher) => void;
  #settle: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  #cursor: number;
  #opening: WatchStart['opening'];
  #syncAt: number | undefined;
  /** Waits for the reader, or for its next turn. */
  #paused = false;
  #idleTicks = 0;
  readonly #onClosed = (): void => this.end();

  constructor(
    history: LeaseHistory,
    batches: EventBatches,
    filter: WatchFilter,
    start: WatchStart,
    out: WatchOut,
    onEnd: (watcher: Watcher) => void,
  ) {
    this.#history = history;
    this.#batches = batches;
    this.#filter = filter;
    this.#out = out;
    this.#onEnd = onEnd;
    this.#cursor = start.cursor;
    this.#opening = start.opening;
    this.#syncAt = start.syncAt;
    this.done = new Promise<void>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  /** Sends the first message, if somebody is there to read. */
  begin(): void {
    this.#out.closed.addEventListener('abort', this.#onClosed, { once: true });
    if (this.#out.closed.aborted) this.end();
    this.deliver();
  }

  /** All up to this revision has been sent, or needs not be. */
  get cursor(): number {
    return this.#cursor;
  }

  /** Sends what there is, as far as the reader takes it. Never throws: a fault ends this watch only. */
  deliver(): void {
    if (this.#settle === undefined) return;
    if (this.#cursor < this.#history.compactedRevision) {
      this.end(
        new Refusal('SLOW_WATCHER', 'this watch was read too slowly and fell out of the history; take a new snapshot', {
          compacted_revision: String(this.#history.compactedRevision),
        }),
      );
      return;
    }
    try {
      while (!this.#paused && this.#sendNext());
    } catch (error) {
      this.end(error);
    }
  }

  /** One step of the clock of bookmarks. */
  tick(): void {
    this.deliver();
    if (this.#settle === undefined || this.#paused) return;
    this.#idleTicks += 1;
    if (this.#idleTicks <= TICKS_TO_BOOKMARK) return;
    try {
      this.#send(markFrame(LeaseEventType.BOOKMARK, this.#cursor));
    } catch (error) {
      this.end(error);
    }
  }

  /** Without an error: nobody reads any more. */
  end(error?: unknown): void {
    const settle = this.#settle;
    if (settle === undefined) return;
    this.#settle = undefined;
    this.#opening = undefined;
    this.#out.closed.removeEventListener('abort', this.#onClosed);
    this.#onEnd(this);
    if (error === undefined) settle.resolve();
    else settle.reject(error);
  }

  /** False where there is nothing to send now. */
  #sendNext(): boolean {
    if (this.#opening !== undefined) {
      const { done, value } = this.#opening.next();
      if (done === true) this.#opening = undefined;
      else if (value !== undefined) this.#send(value);
      // A snapshot may be long: others get their turn between its messages.
      if (done !== true && !this.#paused) this.#pause(nextTurn());
      return true;
    }
    if (this.#syncAt !== undefined && this.#cursor >= this.#syncAt) {
      this.#syncAt = undefined;
      this.#send(markFrame(LeaseEventType.SYNCED, this.#cursor));
      return true;
    }
    if (this.#cursor >= this.#history.latestRevision) return false;
    const batch = this.#batches.after(this.#cursor, this.#filter);
    this.#cursor = batch.upTo;
    if (batch.message !== undefined) this.#send(batch.message);
    return true;
  }

  #send(message: Buffer): void {
    this.#idleTicks = 0;
    if (!this.#out.write(message)) this.#pause(this.#out.drained());
  }

  #pause(until: Promise<void>): void {
    this.#paused = true;
    until.then(
      () => {
        this.#paused = false;
        this.deliver();
      },
      (error: unknown) => this.end(error),
    );
  }
}
