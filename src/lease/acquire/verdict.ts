import { basename } from 'node:path';
import { LeaseMode } from '@tenure/client/gen/tenure/lease/v1/lease';
import { Refusal } from '../../rpc/refusal.js';
import type { LeaseParts } from '../lease_parts.js';
import type { LeaseRecord } from '../ledger/record.js';
import { type WaitNode, waitsForAny } from '../queue/deadlock_rules.js';
import { resourceHash } from '../token.js';
import type { TermedWish } from './acquire_command.js';
import { admit, capacityInForce, modeCovers, modesConflict } from './admission_rules.js';
import type { PendingAcquire, Presented } from './pending_acquire.js';

/** What can be done about one wish now. */
export type WishVerdict =
  | { readonly kind: 'inherit'; readonly lease: LeaseRecord; readonly token: string }
  | { readonly kind: 'grant'; readonly replaces: readonly LeaseRecord[]; readonly capacity: number }
  | {
      readonly kind: 'blocked';
      readonly leases: readonly LeaseRecord[];
      /** Those that come first. */
      readonly waiters: readonly PendingAcquire[];
    };

export interface Verdict {
  /** One a wish, in their order. */
  readonly wishes: readonly WishVerdict[];
  readonly blocked: boolean;
  /** Resources for which a token was presented whose lease is gone. */
  readonly stale: ReadonlySet<string>;
}

/** Reads the table and the queue and says what an acquire would get; changes nothing. */
export class Judge {
  readonly #parts: Pick<LeaseParts, 'table' | 'queue' | 'attached'>;

  constructor(parts: Pick<LeaseParts, 'table' | 'queue' | 'attached'>) {
    this.#parts = parts;
  }

  /** Throws a Refusal where the wish can't be granted however long it waits. */
  judge(pending: PendingAcquire): Verdict {
    const stale = new Set<string>();
    const wishes = pending.wishes.map((wish) => this.#judgeWish(pending, wish, stale));
    return { wishes, blocked: wishes.some(({ kind }) => kind === 'blocked'), stale };
  }

  /** The capacity in force for EXCLUSIVE leases on a resource. */
  capacityOf(resource: string, configured: number | undefined): number {
    return configured ?? this.#agreedCapacity(resource, undefined) ?? 1;
  }

  /** The queue as the deadlock rules see it. */
  waitNodes(): WaitNode[] {
    return [...this.#parts.queue.all()].map((waiter) => this.waitNode(waiter));
  }

  waitNode(waiter: PendingAcquire): WaitNode {
    const blockedOn = waiter.wishes.map((wish) => {
      const { leases, ahead } = this.#obstacles(waiter, wish);
      return { resource: wish.resource, blockers: [...leases.map(idOfLease), ...ahead.map(idOfWaiter)] };
    });
    return {
      waiterId: waiter.waiterId,
      name: nameOf(waiter),
      forever: waiter.command.wait.kind === 'forever',
      under: waiter.under,
      blockedOn: blockedOn.filter(({ blockers }) => blockers.length > 0),
    };
  }

  #judgeWish(pending: PendingAcquire, wish: TermedWish, stale: Set<string>): WishVerdict {
    const inherited = pending.presented.length === 0 ? undefined : this.#inherited(pending.presented, wish, stale);
    if (inherited !== undefined) return inherited;
    const agreed = this.#agreedCapacity(wish.resource, pending);
    const capacity = capacityInForce(wish.capacity, wish.configuredCapacity, agreed);
    if (capacity === undefined) throw capacityMismatch(wish, agreed);
    const admission = admit(wish, capacity, pending.command, this.#parts.table.onResource(wish.resource), (lease) =>
      this.#hasLiveProcess(lease),
    );
    // A client's own replacement waits for nobody.
    if (admission.admitted && admission.replaces.length > 0)
      return { kind: 'grant', replaces: admission.replaces, capacity };
    const ahead = this.#conflictingAhead(pending, wish).filter((waiter) => !this.#mayPass(pending, waiter));
    if (admission.admitted && ahead.length === 0) return { kind: 'grant', replaces: [], capacity };
    return { kind: 'blocked', leases: admission.admitted ? [] : admission.blockers, waiters: ahead };
  }

  #inherited(presented: readonly Presented[], wish: TermedWish, stale: Set<string>): WishVerdict | undefined {
    const hash = resourceHash(wish.resource);
    let mismatch: LeaseRecord | undefined;
    for (const { token, claim } of presented) {
      if (claim.resourceHash !== hash) continue;
      const lease = this.#parts.table.get(claim.leaseId);
      if (lease === undefined || lease.draining !== undefined || lease.resource !== wish.resource) {
        stale.add(wish.resource);
      } else if (modeCovers(lease.mode, wish.mode)) {
        stale.delete(wish.resource);
        return { kind: 'inherit', lease, token };
      } else {
        mismatch = lease;
      }
    }
    if (mismatch === undefined) return undefined;
    throw new Refusal(
      'INHERIT_MODE_MISMATCH',
      `${wish.resource} is inherited as SHARED, which does not cover EXCLUSIVE; ask for SHARED, or don't inherit`,
      { lease_id: mismatch.leaseId },
    );
  }

  #isInherited(presented: readonly Presented[], wish: TermedWish): boolean {
    return presented.some(({ claim }) => {
      const lease = this.#parts.table.get(claim.leaseId);
      const joinable = lease !== undefined && lease.draining === undefined && lease.resource === wish.resource;
      return joinable && modeCovers(lease.mode, wish.mode);
    });
  }

  #obstacles(
    pending: PendingAcquire,
    wish: TermedWish,
  ): { leases: readonly LeaseRecord[]; ahead: readonly PendingAcquire[] } {
    // It will run under that lease, or comes in its own one's place: nobody is in its way.
    if (this.#isInherited(pending.presented, wish)) return { leases: [], ahead: [] };
    const capacity = this.capacityOf(wish.resource, wish.configuredCapacity ?? wish.capacity);
    const admission = admit(wish, capacity, pending.command, this.#parts.table.onResource(wish.resource), (lease) =>
      this.#hasLiveProcess(lease),
    );
    if (admission.admitted && admission.replaces.length > 0) return { leases: [], ahead: [] };
    const leases = admission.admitted ? [] : admission.blockers;
    return { leases, ahead: this.#conflictingAhead(pending, wish) };
  }

  #conflictingAhead(pending: PendingAcquire, wish: TermedWish): readonly PendingAcquire[] {
    if (this.#parts.queue.on(wish.resource).length === 0) return [];
    return this.#parts.queue
      .ahead(pending, wish.resource)
      .filter((waiter) => modesConflict(waiter.modeOn(wish.resource) ?? LeaseMode.EXCLUSIVE, wish.mode));
  }

  /** A waiter that can't go on before a lease ends under which the other runs must not hold that one up. */
  #mayPass(pending: PendingAcquire, ahead: PendingAcquire): boolean {
    if (pending.under.size === 0 || ahead.wishes.length === 1) return false;
    return waitsForAny(this.waitNode(ahead), pending.under, this.waitNodes());
  }

  #agreedCapacity(resource: string, except: PendingAcquire | undefined): number | undefined {
    const lease = this.#parts.table
      .onResource(resource)
      .find((other) => other.mode === LeaseMode.EXCLUSIVE && other.draining === undefined);
    if (lease !== undefined) return lease.capacity;
    for (const waiter of this.#parts.queue.on(resource)) {
      const wish = waiter === except ? undefined : waiter.wishes.find((other) => other.resource === resource);
      if (wish?.mode === LeaseMode.EXCLUSIVE && wish.capacity !== undefined) return wish.capacity;
    }
    return undefined;
  }

  #hasLiveProcess(lease: LeaseRecord): boolean {
    return lease.attached.some((process) => this.#parts.attached.isAlive(process));
  }
}

function capacityMismatch(wish: TermedWish, agreed: number | undefined): Refusal {
  const inForce = wish.configuredCapacity ?? agreed;
  const source = wish.configuredCapacity === undefined ? 'live requests agreed on' : 'the configuration says';
  return new Refusal(
    'CAPACITY_MISMATCH',
    `${wish.resource}: a capacity of ${wish.capacity} was asked for, but ${source} ${inForce}; leave it out or use ${inForce}`,
    { capacity: String(inForce) },
  );
}

function idOfLease(lease: LeaseRecord): string {
  return lease.leaseId;
}

function idOfWaiter(waiter: PendingAcquire): string {
  return waiter.waiterId;
}

function nameOf({ holder, command }: PendingAcquire): string {
  if (holder.process === undefined) return command.clientId;
  return `pid ${holder.process.pid} ${basename(holder.script === '' ? holder.executable : holder.script)}`;
}
