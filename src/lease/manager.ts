import { AttachRole, type Lease, LeaseEnd, LeaseLiveness } from '@tenure/client/gen/tenure/lease/v1/lease';
import {
  type AcquireLeaseRequest,
  type AttachCommand,
  type AttachResult,
  type LeaseEnded,
  LeaseEventType,
  type ReleaseLeaseResponse,
  type RenewLeaseRequest,
  type RenewLeaseResponse,
  type RequestYieldRequest,
  type RequestYieldResponse,
  type RevokeLeasesRequest,
} from '@tenure/client/gen/tenure/lease/v1/lease_service';
import type { Peer } from '../rpc/context.js';
import { Refusal } from '../rpc/refusal.js';
import { checkText, invalid } from '../rpc/request_checks.js';
import { isAtOrBelow } from '../rpc/resource_prefix.js';
import { type AcquireCommand, MAX_TEXT_BYTES, readAcquire, readTtl, type Via } from './acquire/acquire_command.js';
import type { LeaseAcquiring } from './acquire/acquiring.js';
import { attachmentOf } from './acquire/attaching.js';
import type { Asker, PendingAcquire } from './acquire/pending_acquire.js';
import type { LeaseEnding, Revoker } from './ending/ending.js';
import type { LeaseListener } from './lease_listeners.js';
import { attachedMessage, leaseMessage } from './lease_message.js';
import type { LeaseParts } from './lease_parts.js';
import { type Attachment, type LeaseRecord, sameProcess } from './ledger/record.js';
import type { TokenClaim } from './token.js';
import { requestYield } from './yielding/yielding.js';

type RevokeTarget = NonNullable<RevokeLeasesRequest['target']>;

/** All that can be done with leases. What it answers is committed; what is refused is a Refusal. */
export class LeaseManager {
  readonly #parts: LeaseParts;
  readonly #acquiring: LeaseAcquiring;
  readonly #ending: LeaseEnding;

  constructor(parts: LeaseParts, acquiring: LeaseAcquiring, ending: LeaseEnding) {
    this.#parts = parts;
    this.#acquiring = acquiring;
    this.#ending = ending;
  }

  /** Answers through the asker. Returns the waiter where it has to wait. */
  acquire(request: AcquireLeaseRequest, via: Via, asker: Asker): PendingAcquire | undefined {
    return this.#acquiring.acquire(readAcquire(request, via, asker.peer, this.#parts.policies), asker);
  }

  /** What the request asks for. Throws what `acquire` would, as far as it can be told before. */
  check(request: AcquireLeaseRequest, via: Via, peer: Peer): AcquireCommand {
    return readAcquire(request, via, peer, this.#parts.policies);
  }

  /** False: it was answered before. */
  cancel(waiter: PendingAcquire): boolean {
    return this.#acquiring.cancel(waiter);
  }

  renew({ ownerToken, ttl }: RenewLeaseRequest): RenewLeaseResponse | Promise<RenewLeaseResponse> {
    this.#ending.sweep();
    const found = this.owned(ownerToken);
    if ('end' in found) return { outcome: { $case: 'ended', value: found } };
    if (found.liveness === LeaseLiveness.PROCESS) {
      throw invalid('owner_token', 'is of a PROCESS lease, which lives without renewals');
    }
    const ttlMs =
      ttl === undefined ? this.#parts.deadlines.ttlOf(found) : readTtl(ttl, this.#parts.policies.of(found.resource));
    this.#parts.deadlines.renew(found, ttlMs);
    const answer = (): RenewLeaseResponse => ({
      outcome: { $case: 'renewed', value: this.#parts.messageOf(found) },
    });
    return this.#renewed(found, answer);
  }

  release(
    ownerToken: string,
    peer: Peer,
    listener?: LeaseListener,
  ): ReleaseLeaseResponse | Promise<ReleaseLeaseResponse> {
    this.#ending.sweep();
    const found = this.owned(ownerToken);
    if ('end' in found) return { outcome: { $case: 'ended', value: found } };
    const note = {
      ...(peer.process === undefined ? {} : { actor: peer.process }),
      ...(listener === undefined ? {} : { except: listener }),
    };
    return new Promise((resolve, reject) => {
      this.#ending.end(found, LeaseEnd.RELEASED, note, (fault, ended) => {
        if (fault === undefined)
          resolve({ outcome: { $case: 'released', value: this.#endMessage(ended, LeaseEnd.RELEASED) } });
        else reject(this.#parts.refusalOf(fault));
      });
    });
  }

  /**
   * Attaches a process of the caller's own to a lease: registered before it
   * may run. To an ancestor's, by its inherit token, whatever keeps that alive.
   */
  attach({ ownerToken, inheritToken, pid }: AttachCommand, peer: Peer): AttachResult | Promise<AttachResult> {
    const joins = ownerToken === '' && inheritToken !== '';
    const found = joins ? this.#joined(inheritToken) : this.owned(ownerToken);
    if ('end' in found) return { outcome: { $case: 'ended', value: found } };
    if (found.liveness === LeaseLiveness.TTL && !joins) {
      throw new Refusal('NOT_ATTACHABLE', 'a TTL lease is attached to no process; ask for PROCESS');
    }
    const role = joins ? AttachRole.INHERITOR : AttachRole.COMMAND;
    const attachment = attachmentOf(pid, peer, role, this.#parts.attached);
    const known = found.attached.find((other) => sameProcess(other, attachment));
    if (known !== undefined && (joins || known.role === AttachRole.HOLDER))
      return { outcome: { $case: 'attached', value: attachedMessage(known) } };
    const answer = (): AttachResult => ({ outcome: { $case: 'attached', value: attachedMessage(attachment) } });
    this.#parts.commandNames.learn(found.leaseId, attachment);
    return this.#committed((settle) => this.#attachTo(found, attachment, settle), answer);
  }

  /** Takes a lease up on a new stream: it hears of its fate there, and the deadline starts anew. */
  resume(ownerToken: string, peer: Peer, listener: LeaseListener): RenewLeaseResponse | Promise<RenewLeaseResponse> {
    this.#ending.sweep();
    const found = this.owned(ownerToken);
    if ('end' in found) return { outcome: { $case: 'ended', value: found } };
    this.#parts.listeners.bind(found.leaseId, listener);
    this.#parts.yields.tellAgain(found.leaseId, listener);
    this.#parts.deadlines.renew(found, this.#parts.deadlines.ttlOf(found));
    const answer = (): RenewLeaseResponse => ({ outcome: { $case: 'renewed', value: this.#parts.messageOf(found) } });
    const { process } = peer;
    const stays = process === undefined || found.liveness === LeaseLiveness.TTL;
    if (stays || found.attached.some((attachment) => sameProcess(attachment, process))) {
      return this.#renewed(found, answer);
    }
    const attachment = attachmentOf(process.pid, peer, AttachRole.HOLDER, this.#parts.attached);
    return this.#committed((settle) => this.#attachTo(found, attachment, settle), answer);
  }

  /** The listener's stream is gone; the leases live on by their own liveness. */
  unbind(leaseId: string, listener: LeaseListener): void {
    this.#parts.listeners.unbind(leaseId, listener);
  }

  /** Ends what the target selects, at or below `within`; `revoker` says who did it and why. */
  async revoke(target: RevokeTarget, force: boolean, revoker: Revoker, within = ''): Promise<Lease[]> {
    checkText('reason', revoker.reason, MAX_TEXT_BYTES);
    const revoked: Promise<Lease>[] = [];
    for (const { leaseId } of this.#selected(target, within)) {
      // The end of one lets waiters in, who may join another.
      const lease = this.#parts.table.get(leaseId);
      if (lease === undefined) continue;
      if (lease.draining === undefined) {
        revoked.push(this.#ended((settle) => this.#ending.end(lease, LeaseEnd.REVOKED, { force, revoker }, settle)));
      } else if (force) {
        revoked.push(this.#ended((settle) => this.#ending.drained(lease, settle)));
      }
    }
    return Promise.all(revoked);
  }

  /** Asks holders to give leases back; nothing ends by it. */
  requestYield(request: RequestYieldRequest, peer: Peer): RequestYieldResponse {
    this.#ending.sweep();
    return requestYield(this.#parts, request, peer);
  }

  #ended(step: (settle: (fault: unknown, ended: LeaseRecord) => void) => void): Promise<Lease> {
    return new Promise((resolve, reject) => {
      step((fault, ended) => {
        if (fault === undefined) resolve(this.#endMessage(ended, LeaseEnd.REVOKED));
        else reject(this.#parts.refusalOf(fault));
      });
    });
  }

  #selected(target: RevokeTarget, within: string): LeaseRecord[] {
    const { table } = this.#parts;
    const isWithin = ({ resource }: LeaseRecord): boolean => isAtOrBelow(resource, within);
    switch (target.$case) {
      case 'leaseId': {
        const lease = table.get(target.value);
        if (lease === undefined || !isWithin(lease))
          throw new Refusal('LEASE_NOT_FOUND', `there is no lease ${target.value}`);
        return [lease];
      }
      case 'resourcePrefix':
        if (target.value === '') throw invalid('resource_prefix', 'is empty; say `all` to revoke all there are');
        return [...table.all()].filter((lease) => isAtOrBelow(lease.resource, target.value) && isWithin(lease));
      case 'clientId':
        if (target.value === '') throw invalid('client_id', 'is empty; say `all` to revoke all there are');
        return table.ofClient(target.value).filter(isWithin);
      case 'all':
        if (!target.value) throw invalid('all', 'must be true where it is set');
        return [...table.all()].filter(isWithin);
    }
  }

  #attachTo(lease: LeaseRecord, attachment: Attachment, settle: (fault: unknown) => void): void {
    this.#parts.ledger.transact((draft) => {
      const others = lease.attached.filter((other) => !sameProcess(other, attachment));
      draft.put(lease, { ...lease, attached: [...others, attachment] }, { type: LeaseEventType.UPDATED });
    }, settle);
  }

  /** The lease in force that a token owns, or how it ended. Throws for a token that was not issued here. */
  owned(ownerToken: string): LeaseRecord | LeaseEnded {
    const claim = this.#parts.tokens.verifyOwner(ownerToken);
    if (claim === undefined) {
      throw new Refusal('WRONG_TOKEN', 'this is no owner token of this daemon; use the token that the grant answered');
    }
    return this.#inForce(claim);
  }

  #joined(inheritToken: string): LeaseRecord | LeaseEnded {
    const claim = this.#parts.tokens.verifyInherit(inheritToken);
    if (claim === undefined) {
      throw new Refusal('WRONG_TOKEN', 'this is no inherit token of this daemon; use the one in TENURE_LEASES');
    }
    return this.#inForce(claim);
  }

  #inForce(claim: TokenClaim): LeaseRecord | LeaseEnded {
    const lease = this.#parts.table.get(claim.leaseId);
    if (lease !== undefined && lease.draining === undefined) return lease;
    const end = lease?.draining?.end ?? this.#parts.ends.get(claim.leaseId) ?? LeaseEnd.UNSPECIFIED;
    return { leaseId: claim.leaseId, end };
  }

  /** What a client renews all the time is written nowhere; what outlives a reboot must be. */
  #renewed<T>(lease: LeaseRecord, answer: () => T): T | Promise<T> {
    if (lease.durability === 'boot') return answer();
    return this.#committed((settle) => this.#parts.ledger.transact((draft) => draft.rewrite(lease), settle), answer);
  }

  #endMessage(lease: LeaseRecord, end: typeof LeaseEnd.RELEASED | typeof LeaseEnd.REVOKED): Lease {
    const moment = this.#parts.deadlines.momentOf(lease);
    const gone = this.#parts.table.get(lease.leaseId) === undefined;
    return gone ? leaseMessage(lease, moment, end) : leaseMessage(lease, moment);
  }

  #committed<T>(step: (settle: (fault: unknown) => void) => void, answer: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      step((fault) => {
        if (fault === undefined) resolve(answer());
        else reject(this.#parts.refusalOf(fault));
      });
    });
  }
}
