import { Refusal } from '../rpc/refusal.js';
import { heldMessage } from './held_message.js';
import type { LeaseParts } from './lease_parts.js';
import type { PendingAcquire } from './pending_acquire.js';
import type { Judge, Verdict } from './verdict.js';

/** Changes of a queue within this time are told as one. */
const COALESCE_MS = 25;

/** Tells waiters where they stand, and holders that others wait. Late by a little, and only what is new. */
export class QueueNews {
  readonly #parts: Pick<LeaseParts, 'queue' | 'table' | 'listeners' | 'deadlines' | 'clock'>;
  readonly #judge: Judge;
  readonly #changed = new Set<string>();
  /** What each waiter was told last, so that it isn't told twice. */
  readonly #told = new WeakMap<PendingAcquire, Map<string, string>>();
  readonly #toldHolders = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: Pick<LeaseParts, 'queue' | 'table' | 'listeners' | 'deadlines' | 'clock'>, judge: Judge) {
    this.#parts = parts;
    this.#judge = judge;
  }

  /** The queue or the leases of a resource changed. */
  changed(resource: string): void {
    if (this.#parts.queue.on(resource).length === 0 && !this.#toldHolders.has(resource)) return;
    this.#changed.add(resource);
    this.#timer ??= setTimeout(() => this.#tell(), COALESCE_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #tell(): void {
    this.#timer = undefined;
    const resources = [...this.#changed];
    this.#changed.clear();
    for (const resource of resources) {
      this.#tellHolders(resource);
      for (const waiter of this.#parts.queue.on(resource)) this.#tellWaiter(waiter, resource);
    }
  }

  #tellHolders(resource: string): void {
    const queueLength = this.#parts.queue.on(resource).length;
    if (queueLength === 0) this.#toldHolders.delete(resource);
    else this.#toldHolders.set(resource, queueLength);
    for (const lease of this.#parts.table.onResource(resource)) {
      for (const listener of this.#parts.listeners.of(lease.leaseId)) listener.contended(lease, queueLength);
    }
  }

  #tellWaiter(waiter: PendingAcquire, resource: string): void {
    const { onStanding } = waiter.asker;
    if (onStanding === undefined) return;
    const index = waiter.wishes.findIndex((wish) => wish.resource === resource);
    const verdict = this.#verdictOf(waiter)?.wishes[index];
    if (verdict === undefined || verdict.kind !== 'blocked') return;
    const position = this.#parts.queue.position(waiter, resource);
    const standing = `${position} ${verdict.leases.map((lease) => lease.leaseId).join(' ')}`;
    const told = this.#told.get(waiter) ?? new Map<string, string>();
    this.#told.set(waiter, told);
    if (told.get(resource) === standing) return;
    told.set(resource, standing);
    onStanding({ resource, position, held: heldMessage(this.#parts, waiter, resource, verdict) });
  }

  #verdictOf(waiter: PendingAcquire): Verdict | undefined {
    try {
      return this.#judge.judge(waiter);
    } catch (error) {
      // It can no longer be granted; the next look at the queue refuses it.
      if (error instanceof Refusal) return undefined;
      throw error;
    }
  }
}
