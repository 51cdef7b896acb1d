import type { WatchLeasesRequest } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { Refusal } from '../../rpc/refusal.js';
import { type BatchLimits, EventBatches } from './event_batches.js';
import type { LeaseHistory } from './history.js';
import { WatchFilter } from './watch_filter.js';
import { type LeaseSnapshot, snapshotMessages } from './watch_snapshot.js';
import { TICKS_TO_BOOKMARK, Watcher, type WatchOut, type WatchStart } from './watcher.js';

export interface WatchHubOptions {
  readonly history: LeaseHistory;
  /**
   * The live leases of what is committed, as of a revision that the history
   * has reached. May leave out what the filter does not select.
   */
  readonly snapshot: (filter: WatchFilter) => LeaseSnapshot;
  readonly maxWatchers: number;
  /** A watch on which nothing was sent for so long gets a bookmark. Default: 10 s. */
  readonly bookmarkIntervalMs?: number;
  /** Most events in a message. Default: 500. */
  readonly maxBatchEvents?: number;
  /** Bytes at which a message is full. Default: 32 KiB. */
  readonly maxBatchBytes?: number;
}

/**
 * Hands the history on to any number of watchers. Each is a place in the
 * history that all share: a slow one costs what its stream has accepted and
 * never slows the writers, and one that falls out of the history is told so.
 */
export class WatchHub {
  readonly #history: LeaseHistory;
  readonly #snapshot: (filter: WatchFilter) => LeaseSnapshot;
  readonly #maxWatchers: number;
  readonly #tickMs: number;
  readonly #limits: BatchLimits;
  readonly #batches: EventBatches;
  readonly #watchers = new Set<Watcher>();
  #delivery: NodeJS.Immediate | undefined;
  #bookmarks: NodeJS.Timeout | undefined;
  #closed = false;
  readonly #onEnd = (watcher: Watcher): void => {
    this.#watchers.delete(watcher);
    if (this.#watchers.size === 0) this.#stopBookmarks();
  };

  constructor(options: WatchHubOptions) {
    this.#history = options.history;
    this.#snapshot = options.snapshot;
    this.#maxWatchers = options.maxWatchers;
    this.#tickMs = (options.bookmarkIntervalMs ?? 10_000) / TICKS_TO_BOOKMARK;
    this.#limits = { maxEvents: options.maxBatchEvents ?? 500, maxBytes: options.maxBatchBytes ?? 32 * 1024 };
    this.#batches = new EventBatches(options.history, this.#limits);
    // A burst larger than the history must not throw out those that keep up.
    options.history.beforeDrop = () => this.#deliver();
  }

  get watcherCount(): number {
    return this.#watchers.size;
  }

  /** Revisions that the slowest watch has still to be told of. */
  get lag(): number {
    let lag = 0;
    for (const { cursor } of this.#watchers) lag = Math.max(lag, this.#history.latestRevision - cursor);
    return lag;
  }

  /** Serves one watch until its reader goes; rejects with a Refusal where the daemon ends it. */
  async serve(request: WatchLeasesRequest, out: WatchOut): Promise<void> {
    if (this.#closed) throw shuttingDown();
    if (this.#watchers.size >= this.#maxWatchers) {
      throw new Refusal(
        'TOO_MANY',
        `${this.#maxWatchers} watches are open, which is the limit; end some and try again`,
      );
    }
    const filter = new WatchFilter(request.filter);
    const start =
      request.afterRevision === undefined ? this.#fromSnapshot(filter) : this.#fromHistory(request.afterRevision);
    const watcher = new Watcher(this.#history, this.#batches, filter, start, out, this.#onEnd);
    this.#watchers.add(watcher);
    this.#bookmarks ??= setInterval(() => this.#tick(), this.#tickMs).unref();
    watcher.begin();
    // Not awaited: nothing of this call stays in memory with the watch.
    return watcher.done;
  }

  /** Says that the history has grown. What comes in one turn of the event loop goes out together. */
  publish(): void {
    if (this.#watchers.size === 0 || this.#delivery !== undefined) return;
    this.#delivery = setImmediate(() => this.#deliver());
  }

  /** Sends what is due, then ends all watches and admits no more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#deliver();
    for (const watcher of this.#watchers) watcher.end(shuttingDown());
    this.#stopBookmarks();
  }

  #fromSnapshot(filter: WatchFilter): WatchStart {
    const snapshot = this.#snapshot(filter);
    return { cursor: snapshot.revision, opening: snapshotMessages(snapshot, filter, this.#limits), syncAt: undefined };
  }

  #fromHistory(afterRevision: bigint): WatchStart {
    const { compactedRevision, latestRevision } = this.#history;
    if (afterRevision < compactedRevision) {
      throw new Refusal(
        'COMPACTED',
        `the history goes back to revision ${compactedRevision} only; watch without after_revision for a new snapshot`,
        { compacted_revision: String(compactedRevision) },
      );
    }
    if (afterRevision > latestRevision) {
      throw new Refusal(
        'FUTURE_REVISION',
        `revision ${afterRevision} is ahead of this daemon's ${latestRevision}; watch without after_revision for a new snapshot`,
        { latest_revision: String(latestRevision) },
      );
    }
    return { cursor: Number(afterRevision), opening: undefined, syncAt: latestRevision };
  }

  #deliver(): void {
    if (this.#delivery !== undefined) clearImmediate(this.#delivery);
    this.#delivery = undefined;
    for (const watcher of this.#watchers) watcher.deliver();
  }

  #tick(): void {
    for (const watcher of this.#watchers) watcher.tick();
  }

  #stopBookmarks(): void {
    clearInterval(this.#bookmarks);
    this.#bookmarks = undefined;
  }
}

function shuttingDown(): Refusal {
  return new Refusal(
    'SHUTTING_DOWN',
    'the daemon is shutting down; watch again after the last revision once it is back',
  );
}
