import type { LeaseMode } from '@tenure/client/gen/tenure/lease/v1/lease';

/** A minute of waiting is worth one step of priority. */
const AGING_MS = 60_000;

/** What the queue must know of one who waits. */
export interface Queued {
  readonly waiterId: string;
  readonly priority: number;
  readonly startMs: number;
  readonly wishes: readonly { readonly resource: string; readonly mode: LeaseMode }[];
}

/**
 * The place of a waiter: since all age alike, the order of two never changes,
 * so that a queue is sorted once, at the entry.
 */
export function queueOrder(waiter: Queued): number {
  return waiter.startMs - waiter.priority * AGING_MS;
}

export function effectivePriority(waiter: Queued, nowMs: number): number {
  return waiter.priority + Math.floor(Math.max(0, nowMs - waiter.startMs) / AGING_MS);
}

/** The waiters of all resources; a waiter for a set stands in each of its queues. */
export class WaitQueue<W extends Queued> {
  readonly #byResource = new Map<string, W[]>();
  readonly #byId = new Map<string, W>();

  get size(): number {
    return this.#byId.size;
  }

  get(waiterId: string): W | undefined {
    return this.#byId.get(waiterId);
  }

  all(): IterableIterator<W> {
    return this.#byId.values();
  }

  /** Those that somebody waits for. */
  resources(): IterableIterator<string> {
    return this.#byResource.keys();
  }

  on(resource: string): readonly W[] {
    return this.#byResource.get(resource) ?? [];
  }

  /** From 1; 0 where it does not wait for the resource. */
  position(waiter: W, resource: string): number {
    return this.on(resource).indexOf(waiter) + 1;
  }

  /** Those that come before a waiter on a resource: before its place if it stands there, else before where it would. */
  ahead(waiter: W, resource: string): readonly W[] {
    const queue = this.on(resource);
    const index = queue.indexOf(waiter);
    return queue.slice(0, index >= 0 ? index : placeFor(queue, waiter));
  }

  enter(waiter: W): void {
    this.#byId.set(waiter.waiterId, waiter);
    for (const { resource } of waiter.wishes) {
      const queue = this.#byResource.get(resource);
      if (queue === undefined) this.#byResource.set(resource, [waiter]);
      else queue.splice(placeFor(queue, waiter), 0, waiter);
    }
  }

  /** False where it had left before. */
  leave(waiter: W): boolean {
    if (!this.#byId.delete(waiter.waiterId)) return false;
    for (const { resource } of waiter.wishes) {
      const queue = this.#byResource.get(resource);
      const index = queue?.indexOf(waiter) ?? -1;
      if (queue === undefined || index < 0) continue;
      queue.splice(index, 1);
      if (queue.length === 0) this.#byResource.delete(resource);
    }
    return true;
  }
}

/** Behind all of the same or an earlier order: first come, first served. */
function placeFor<W extends Queued>(queue: readonly W[], waiter: W): number {
  const order = queueOrder(waiter);
  let low = 0;
  let high = queue.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = queue[middle];
    if (other !== undefined && queueOrder(other) <= order) low = middle + 1;
    else high = middle;
  }
  return low;
}
