import { type Commit, type Store, type StoreContents, StoreError, type StoreRoom } from '../store/port.js';

export interface StoreWatcher {
  /** The store can't be trusted any more: nothing may be acknowledged, the daemon must stop. Called once. */
  onFailed(error: StoreError): void;
  /** A commit found no room; true, or found room again. */
  onFull(full: boolean): void;
}

/** A store whose faults are heard by the daemon too, not only by whoever made the commit. */
export class GuardedStore implements Store {
  readonly #store: Store;
  readonly #watcher: StoreWatcher;
  #full = false;
  #failed = false;

  constructor(store: Store, watcher: StoreWatcher) {
    this.#store = store;
    this.#watcher = watcher;
  }

  get kind(): Store['kind'] {
    return this.#store.kind;
  }

  async load(): Promise<StoreContents> {
    return await this.#store.load();
  }

  commit(commit: Commit): Promise<void> {
    return this.#watch(this.#store.commit(commit));
  }

  reserveRevisions(upTo: number): Promise<void> {
    return this.#watch(this.#store.reserveRevisions(upTo));
  }

  compact(revision: number): Promise<void> {
    return this.#watch(this.#store.compact(revision));
  }

  room(): StoreRoom {
    return this.#store.room();
  }

  async close(): Promise<void> {
    await this.#store.close();
  }

  #watch(written: Promise<void>): Promise<void> {
    return written.then(
      () => this.#setFull(false),
      (error: unknown) => {
        this.#look(error);
        throw error;
      },
    );
  }

  #look(error: unknown): void {
    if (error instanceof StoreError && error.fault === 'full') {
      this.#setFull(true);
      return;
    }
    if (this.#failed) return;
    this.#failed = true;
    this.#watcher.onFailed(
      error instanceof StoreError ? error : new StoreError('failed', 'the store failed unexpectedly', { cause: error }),
    );
  }

  #setFull(full: boolean): void {
    if (full === this.#full) return;
    this.#full = full;
    this.#watcher.onFull(full);
  }
}
