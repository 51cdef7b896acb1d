import type { Queue, WatchQueuesRequest, WatchQueuesResponse } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { Refusal } from '../../rpc/refusal.js';
import { isAtOrBelow } from '../../rpc/resource_prefix.js';
import type { OutStream } from '../../rpc/streams.js';
import { MAX_BLOCKERS, waiterMessage } from '../acquire/held_message.js';
import type { LeaseParts } from '../lease_parts.js';

/** Changes of a queue within this time are told as one. */
const COALESCE_MS = 25;
/** Queues in one message. */
const BATCH = 200;

/** What a watch needs of its stream. */
type WatchOut = Pick<OutStream<WatchQueuesResponse>, 'write' | 'drained' | 'closed'>;

/** One watch: the queues that it has to be told of, and no messages. */
interface Watcher {
  readonly prefix: string;
  readonly changed: Set<string>;
  wake: () => void;
}

/** Tells watchers who waits for what. A slow one costs a name for each queue, however often that changes. */
export class QueueWatch {
  readonly #parts: Pick<LeaseParts, 'queue' | 'deadlines' | 'clock'>;
  readonly #maxWatchers: number;
  readonly #watchers = new Set<Watcher>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: Pick<LeaseParts, 'queue' | 'deadlines' | 'clock'>, maxWatchers: number) {
    this.#parts = parts;
    this.#maxWatchers = maxWatchers;
  }

  get watcherCount(): number {
    return this.#watchers.size;
  }

  /** Somebody came to a queue, or left it. */
  changed(resource: string): void {
    if (this.#watchers.size === 0) return;
    for (const { prefix, changed } of this.#watchers) if (isAtOrBelow(resource, prefix)) changed.add(resource);
    this.#timer ??= setTimeout(() => this.#wake(), COALESCE_MS);
  }

  /** Serves one watch until its reader goes; rejects with a Refusal where the daemon ends it. */
  async serve({ resourcePrefix }: WatchQueuesRequest, out: WatchOut): Promise<void> {
    if (this.#watchers.size >= this.#maxWatchers) {
      throw new Refusal('TOO_MANY', `${this.#maxWatchers} watches of queues are open, the limit; end some`);
    }
    const resources = [...this.#parts.queue.resources()].filter((resource) => isAtOrBelow(resource, resourcePrefix));
    const watcher: Watcher = { prefix: resourcePrefix, changed: new Set(resources), wake: () => undefined };
    const onClosed = (): void => watcher.wake();
    this.#watchers.add(watcher);
    out.closed.addEventListener('abort', onClosed);
    try {
      let synced = false;
      while (!out.closed.aborted) {
        if (this.#closed)
          throw new Refusal('SHUTTING_DOWN', 'the daemon is shutting down; watch again once it is back');
        if (synced && watcher.changed.size === 0) await this.#news(watcher, out);
        const queues = this.#take(watcher.changed);
        if (synced && queues.length === 0) continue;
        synced ||= watcher.changed.size === 0;
        if (!out.write({ queues, synced })) await out.drained();
      }
    } finally {
      this.#watchers.delete(watcher);
      out.closed.removeEventListener('abort', onClosed);
    }
  }

  /** Ends all watches. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  #wake(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { wake } of this.#watchers) wake();
  }

  #news(watcher: Watcher, { closed }: WatchOut): Promise<void> {
    return new Promise((resolve) => {
      watcher.wake = resolve;
      if (closed.aborted || this.#closed) resolve();
    });
  }

  #take(changed: Set<string>): Queue[] {
    const queues: Queue[] = [];
    for (const resource of changed) {
      if (queues.length === BATCH) break;
      changed.delete(resource);
      queues.push(this.#queueOf(resource));
    }
    return queues;
  }

  #queueOf(resource: string): Queue {
    const queue = this.#parts.queue.on(resource);
    const waiters = queue.slice(0, MAX_BLOCKERS).map((waiter) => waiterMessage(this.#parts, waiter, resource));
    return { resource, length: queue.length, waiters };
  }
}
