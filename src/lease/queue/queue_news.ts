import type { Blocker, LeaseHeld } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { isInTheWay } from '../acquire/admission_rules.js';
import { heldByAncestor } from '../acquire/ancestry.js';
import { leaseBlockers, MAX_BLOCKERS, waiterBlocker } from '../acquire/held_message.js';
import type { PendingAcquire } from '../acquire/pending_acquire.js';
import type { LeaseParts } from '../lease_parts.js';

/** Changes of a queue within this time are told as one. */
const COALESCE_MS = 25;

/** Tells waiters where they stand, and holders that others wait. Late by a little, and only what is new. */
export class QueueNews {
  readonly #parts: Pick<LeaseParts, 'queue' | 'table' | 'listeners' | 'deadlines' | 'clock'>;
  readonly #changed = new Set<string>();
  /** What each waiter was told last, so that it isn't told twice. */
  readonly #told = new WeakMap<PendingAcquire, Map<string, string>>();
  readonly #toldHolders = new Map<string, number>();
  /** Hears of each queue that somebody came to or left. */
  readonly #onQueue: (resource: string) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    parts: Pick<LeaseParts, 'queue' | 'table' | 'listeners' | 'deadlines' | 'clock'>,
    onQueue: (resource: string) => void,
  ) {
    this.#parts = parts;
    this.#onQueue = onQueue;
  }

  /** Somebody came to a queue, or left it. */
  queueChanged(resource: string): void {
    this.#onQueue(resource);
    this.changed(resource);
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
      this.#tellWaiters(resource);
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

  /** The messages are made once for all waiters: a long queue must not hold up the daemon. */
  #tellWaiters(resource: string): void {
    const queue = this.#parts.queue.on(resource);
    const leases = this.#parts.table.onResource(resource).filter(isInTheWay);
    const blockers = leaseBlockers(this.#parts, leases);
    const who = leases
      .map(({ leaseId }) => leaseId)
      .concat(blockers.flatMap(processesOf))
      .join(' ');
    const first = queue
      .slice(0, MAX_BLOCKERS - blockers.length)
      .map((waiter) => waiterBlocker(this.#parts, waiter, resource));
    for (const [index, waiter] of queue.entries()) {
      const position = index + 1;
      if (!this.#isNews(waiter, resource, `${position} ${who}`)) continue;
      const held: LeaseHeld = {
        blockers: [...blockers, ...first.slice(0, index)],
        queueLength: queue.length,
        withheldForSet: blockers.length === 0 && index === 0,
        ancestorLeaseId: heldByAncestor(waiter.asker.peer, leases)?.leaseId ?? '',
      };
      waiter.asker.onStanding?.({ resource, position, held });
    }
  }

  #isNews(waiter: PendingAcquire, resource: string, standing: string): boolean {
    if (waiter.asker.onStanding === undefined) return false;
    const told = this.#told.get(waiter) ?? new Map<string, string>();
    this.#told.set(waiter, told);
    if (told.get(resource) === standing) return false;
    told.set(resource, standing);
    return true;
  }
}

/** What a lease is held by, in the order in which it is shown. */
function processesOf({ blocker }: Blocker): readonly string[] {
  return blocker?.$case === 'lease' ? blocker.value.attached.map(({ pid, command }) => `${pid} ${command}`) : [];
}
