import { AttachRole, LeaseEnd, LeaseLiveness } from '@tenure/client/gen/tenure/lease/v1/lease';
import { type AcquireResult, LeaseEventType, PriorHolding } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import type { LeaseEnding } from '../ending/ending.js';
import { leaseEvent } from '../lease_events.js';
import type { LeaseParts } from '../lease_parts.js';
import type { Draft } from '../ledger/ledger.js';
import { type Attachment, type LeaseRecord, leaseIdOf, sameProcess } from '../ledger/record.js';
import type { TermedWish } from './acquire_command.js';
import type { PendingAcquire } from './pending_acquire.js';
import type { WishVerdict } from './verdict.js';

interface Granted {
  readonly result: AcquireResult;
  /** What the world is told once it is committed. */
  readonly settled: () => void;
}

/** A lease that a first try of the same request got. */
export interface GrantedBefore {
  readonly kind: 'again';
  readonly lease: LeaseRecord;
}

interface Grants {
  readonly wishes: readonly (WishVerdict | GrantedBefore)[];
  readonly stale: ReadonlySet<string>;
}

type GrantVerdict = Extract<WishVerdict, { kind: 'grant' }>;

/** Turns a verdict without blockers into leases. */
export class Granting {
  readonly #parts: LeaseParts;
  readonly #ending: LeaseEnding;

  constructor(parts: LeaseParts, ending: LeaseEnding) {
    this.#parts = parts;
    this.#ending = ending;
  }

  /** Even what was granted before is only said once it is safe. */
  grant(pending: PendingAcquire, verdict: Grants): void {
    const { asker } = pending;
    let granted: readonly Granted[] = [];
    this.#parts.ledger.transact(
      (draft) => {
        granted = pending.wishes.map((wish, index) => {
          const wished = verdict.wishes[index];
          if (wished === undefined || wished.kind === 'blocked') throw new Error('a blocked wish can not be granted');
          return this.#grantWish(draft, pending, wish, wished, verdict.stale.has(wish.resource));
        });
      },
      (fault) => {
        if (fault !== undefined) {
          asker.refuse(this.#parts.refusalOf(fault));
          return;
        }
        for (const { settled } of granted) settled();
        asker.answer({ results: granted.map(({ result }) => result) });
      },
    );
  }

  #grantWish(
    draft: Draft,
    pending: PendingAcquire,
    wish: TermedWish,
    verdict: Exclude<Grants['wishes'][number], { kind: 'blocked' }>,
    staleInheritance: boolean,
  ): Granted {
    if (verdict.kind === 'again') return this.#again(pending, verdict.lease);
    if (verdict.kind === 'inherit') return this.#inherit(draft, pending, verdict.lease, verdict.token);
    const { peer, listener } = pending.asker;
    const fencingToken = this.#parts.revisions.current + verdict.replaces.length + 1;
    const leaseId = leaseIdOf(fencingToken);
    const note = { ...(peer.process === undefined ? {} : { actor: peer.process }), replacedBy: leaseId };
    const ends = verdict.replaces.map((lease) => ({
      lease,
      heldMs: this.#parts.deadlines.heldMs(lease),
      ended: this.#ending.endIn(draft, lease, LeaseEnd.REPLACED, note),
    }));
    const prior = this.#parts.priors.take(wish.resource);
    const lease = draft.put(undefined, this.#newLease(pending, wish, verdict, fencingToken), {
      type: LeaseEventType.ACQUIRED,
    });
    const message = draft.messages.at(-1);
    if (listener !== undefined) this.#parts.listeners.bind(leaseId, listener);
    const { ownerToken, inheritToken } = this.#parts.tokens.issue(lease);
    return {
      result: {
        resource: wish.resource,
        outcome: { $case: 'granted', value: { lease: message, ownerToken, inheritToken, prior } },
        staleInheritance,
      },
      settled: () => {
        for (const { lease: old, ended, heldMs } of ends) {
          this.#ending.settled(old, ended, LeaseEnd.REPLACED, note, heldMs);
        }
        this.#parts.events.emit(leaseEvent('lease.acquired', 'debug', lease));
      },
    };
  }

  #again({ asker }: PendingAcquire, lease: LeaseRecord): Granted {
    if (asker.listener !== undefined) this.#parts.listeners.bind(lease.leaseId, asker.listener);
    const { ownerToken, inheritToken } = this.#parts.tokens.issue(lease);
    const value = { lease: this.#parts.messageOf(lease), ownerToken, inheritToken, prior: PriorHolding.UNSPECIFIED };
    return {
      result: { resource: lease.resource, outcome: { $case: 'granted', value }, staleInheritance: false },
      settled: () => undefined,
    };
  }

  /** Lets the caller run under another's lease: attached, so that the lease lives as long as it. */
  #inherit(draft: Draft, pending: PendingAcquire, verdictLease: LeaseRecord, token: string): Granted {
    const lease = this.#parts.table.get(verdictLease.leaseId) ?? verdictLease;
    const { listener } = pending.asker;
    const joining = pending.attach
      .map((attachment): Attachment => ({ ...attachment, role: AttachRole.INHERITOR }))
      .filter((attachment) => !lease.attached.some((other) => sameProcess(other, attachment)));
    const joined =
      joining.length === 0
        ? lease
        : draft.put(lease, { ...lease, attached: [...lease.attached, ...joining] }, { type: LeaseEventType.INHERITED });
    if (listener !== undefined) this.#parts.listeners.bind(lease.leaseId, listener);
    const message = joining.length === 0 ? this.#parts.messageOf(joined) : draft.messages.at(-1);
    return {
      result: {
        resource: lease.resource,
        outcome: { $case: 'inherited', value: { lease: message, inheritToken: token } },
        staleInheritance: false,
      },
      settled: () => this.#parts.events.emit(leaseEvent('lease.inherited', 'debug', joined)),
    };
  }

  #newLease(pending: PendingAcquire, wish: TermedWish, verdict: GrantVerdict, fencingToken: number): LeaseRecord {
    const { command } = pending;
    return {
      leaseId: leaseIdOf(fencingToken),
      resource: wish.resource,
      clientId: command.clientId,
      clientIdDefaulted: command.clientIdDefaulted,
      askerUid: command.askerUid,
      mode: wish.mode,
      capacity: verdict.capacity,
      liveness: command.liveness,
      fencingToken,
      revision: fencingToken,
      holder: pending.holder,
      attached: command.liveness === LeaseLiveness.TTL ? [] : pending.attach,
      reason: command.reason,
      metadata: command.metadata,
      acquireWallMs: this.#parts.clock.wallMs(),
      acquireBoottimeMs: this.#parts.clock.boottimeMs(),
      waitedMs: pending.waitedMs(this.#parts.clock.boottimeMs()),
      ttlMs: wish.ttlMs,
      maxHoldMs: wish.maxHoldMs,
      handover: wish.handover,
      draining: undefined,
      requestId: command.requestId,
      supersedes: verdict.replaces.map((lease) => lease.leaseId),
      durability: command.liveness === LeaseLiveness.TTL ? 'durable' : 'boot',
    };
  }
}
