import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type LeaseEvent, WatchLeasesResponse } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import type { WatchHub } from '../../../src/lease/watch/watch_hub.js';
import type { WatchOut } from '../../../src/lease/watch/watcher.js';
import { Refusal } from '../../../src/rpc/refusal.js';

/** The far end of a watch: it holds what was written until the test reads it. */
export class WatchReader implements WatchOut {
  readonly #window: number;
  readonly #closing = new AbortController();
  #unread: Buffer[] = [];
  #waiting: (() => void)[] = [];
  /** Most messages that were unread at one time. */
  mostUnread = 0;
  messages = 0;
  readonly events: LeaseEvent[] = [];
  /** Set once the daemon has ended the watch. */
  ended: { readonly refusal: Refusal | undefined } | undefined;

  /** Accepts so many unread messages without a sign of back-pressure. */
  constructor(window = 16) {
    this.#window = window;
  }

  /** Begins the watch; how it ends is in `ended`. */
  follow(
    hub: WatchHub,
    request: { filter?: Parameters<WatchHub['serve']>[0]['filter']; afterRevision?: bigint },
  ): this {
    hub.serve({ filter: request.filter, afterRevision: request.afterRevision }, this).then(
      () => {
        this.ended = { refusal: undefined };
      },
      (error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        this.ended = { refusal: error };
      },
    );
    return this;
  }

  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  write(message: Buffer): boolean {
    this.#unread.push(message);
    this.mostUnread = Math.max(this.mostUnread, this.#unread.length);
    return this.#unread.length < this.#window;
  }

  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Reads so many messages. */
  read(count = Number.POSITIVE_INFINITY): void {
    const read = this.#unread.splice(0, count);
    this.messages += read.length;
    for (const message of read) {
      const response = WatchLeasesResponse.decode(message);
      assert.deepEqual(Buffer.from(WatchLeasesResponse.encode(response).finish()), message, 'nothing but events');
      this.events.push(...response.events);
    }
    if (this.#unread.length > 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Reads until nothing more comes. */
  async readAll(): Promise<void> {
    for (let quiet = 0; quiet < 3; ) {
      const before = this.messages;
      this.read();
      quiet = this.messages === before ? quiet + 1 : 0;
      await nextTurn();
    }
  }

  close(): void {
    this.#closing.abort();
  }
}
