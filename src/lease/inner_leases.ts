import type { Lease } from '@tenure/client/gen/tenure/lease/v1/lease';
import type { AcquireLeaseRequest, AcquireLeaseResponse } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import type { Peer } from '../rpc/context.js';
import type { Revoker } from './ending/ending.js';
import type { End } from './ending/ending_rules.js';
import type { LeaseParts } from './lease_parts.js';
import { type HolderFacts, type LeaseRecord, sameProcess } from './ledger/record.js';
import type { LeaseManager } from './manager.js';

/** A lease that has ended, as the daemon's other services hear of it. */
export interface InnerEnd {
  readonly leaseId: string;
  readonly resource: string;
  readonly clientId: string;
  readonly end: End;
  /** Of REPLACED: the lease that took its place. */
  readonly replacedBy: string | undefined;
}

/** Hears of the ends of leases on reserved names; a service asks for its own. */
export class InnerListeners {
  readonly #listeners: { readonly below: string; readonly hear: (ended: InnerEnd) => void }[] = [];

  add(prefix: string, hear: (ended: InnerEnd) => void): void {
    this.#listeners.push({ below: `${prefix}/`, hear });
  }

  ended({ leaseId, resource, clientId }: LeaseRecord, end: End, replacedBy: string | undefined): void {
    for (const { below, hear } of this.#listeners) {
      if (resource.startsWith(below)) hear({ leaseId, resource, clientId, end, replacedBy });
    }
  }
}

/**
 * Leases for the daemon's other services, in the name of a peer of theirs.
 * One service sees and ends only what is below its own reserved prefix.
 */
export class InnerLeases {
  readonly #prefix: string;
  readonly #parts: Pick<LeaseParts, 'table' | 'messageOf' | 'processWatch'>;
  readonly #manager: LeaseManager;
  readonly #listeners: InnerListeners;

  constructor(
    prefix: string,
    parts: Pick<LeaseParts, 'table' | 'messageOf' | 'processWatch'>,
    manager: LeaseManager,
    listeners: InnerListeners,
  ) {
    this.#prefix = prefix;
    this.#parts = parts;
    this.#manager = manager;
    this.#listeners = listeners;
  }

  /** Throws what an acquire would be refused with, as far as it can be told before. */
  check(request: AcquireLeaseRequest, peer: Peer): void {
    this.#manager.check(request, 'inner', peer);
  }

  /**
   * Whether a lease of the same client is in force on what a request wishes,
   * taken by another process that lives. One that can't be seen may live. An
   * acquire in the same turn of the event loop meets what this has seen.
   */
  isInUse(request: AcquireLeaseRequest, peer: Peer): boolean {
    const { wishes, clientId, askerUid, requestId } = this.#manager.check(request, 'inner', peer);
    return (
      wishes
        .flatMap(({ resource }) => this.#parts.table.onResource(resource))
        .filter((lease) => isInForce(lease) && lease.clientId === clientId && lease.askerUid === askerUid)
        // The same request again is answered by its own lease.
        .filter((lease) => requestId === '' || lease.requestId !== requestId)
        .some(({ holder }) => this.#mayLive(holder, peer) && !isHolder(holder, peer))
    );
  }

  /** Without a wait: granted, or held. Rejects with a Refusal. */
  acquire(request: AcquireLeaseRequest, peer: Peer): Promise<AcquireLeaseResponse> {
    return new Promise((answer, refuse) => {
      const asker = { peer, listener: undefined, answer, refuse, onStanding: undefined };
      this.#manager.acquire({ ...request, wait: undefined }, 'inner', asker);
    });
  }

  async release(ownerToken: string, peer: Peer): Promise<void> {
    await this.#manager.release(ownerToken, peer);
  }

  revoke(target: Parameters<LeaseManager['revoke']>[0], revoker: Revoker): Promise<readonly Lease[]> {
    return this.#manager.revoke(target, false, revoker, this.#prefix);
  }

  /** The lease in force that an owner token owns. Throws WRONG_TOKEN. */
  owned(ownerToken: string): Lease | undefined {
    const found = this.#manager.owned(ownerToken);
    return 'end' in found || !found.resource.startsWith(`${this.#prefix}/`) ? undefined : this.#parts.messageOf(found);
  }

  isActive(leaseId: string): boolean {
    const lease = this.#parts.table.get(leaseId);
    return lease !== undefined && isInForce(lease);
  }

  idsOn(resource: string): readonly string[] {
    return this.#parts.table
      .onResource(resource)
      .filter(isInForce)
      .map(({ leaseId }) => leaseId);
  }

  /** Strictly below a resource of the service's own. */
  idsBelow(resource: string): readonly string[] {
    const below = `${resource}/`;
    return [...this.#parts.table.all()]
      .filter((lease) => isInForce(lease) && lease.resource.startsWith(below))
      .map(({ leaseId }) => leaseId);
  }

  /** All of the service's in force. */
  count(): number {
    return this.#parts.table.countBelow(this.#prefix);
  }

  #mayLive({ process, bootId }: HolderFacts, peer: Peer): boolean {
    if (bootId !== peer.bootId) return false;
    return process === undefined || this.#parts.processWatch.isAlive(process);
  }

  /** Called for every end, once it is committed. */
  onEnded(hear: (ended: InnerEnd) => void): void {
    this.#listeners.add(this.#prefix, hear);
  }
}

function isHolder({ process }: HolderFacts, peer: Peer): boolean {
  return process !== undefined && peer.process !== undefined && sameProcess(process, peer.process);
}

function isInForce(lease: LeaseRecord): boolean {
  return lease.draining === undefined;
}
