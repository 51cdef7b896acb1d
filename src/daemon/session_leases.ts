import { Handover, LeaseLiveness, LeaseMode } from '@tenure/client/gen/tenure/lease/v1/lease';
import { AcquireLeaseRequest } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import type { InnerLeases } from '../lease/inner_leases.js';
import type { Peer } from '../rpc/context.js';
import type { SessionLeaseOutcome, SessionLeases, SessionLeaseWish } from '../session/session_leases.js';

/** What sessions ask of leases, put in the leases' own terms. */
export function sessionLeases(inner: Pick<InnerLeases, 'acquire' | 'release'>): SessionLeases {
  return {
    take: async (wish: SessionLeaseWish, peer: Peer): Promise<SessionLeaseOutcome> => {
      const request = requestOf(wish);
      const { results } = request.wishes.length === 0 ? { results: [] } : await inner.acquire(request, peer);
      const leaseIds: string[] = [];
      const ownerTokens: string[] = [];
      const inheritTokens = [...wish.inheritTokens];
      // Of those that are not to be had, the one that is in the way: the others are only withheld with it.
      const held = results.flatMap(({ resource, outcome }) =>
        outcome?.$case === 'held' ? [{ kind: 'held' as const, resource, held: outcome.value }] : [],
      );
      const inTheWay = held.find((one) => !one.held.withheldForSet) ?? held[0];
      if (inTheWay !== undefined) return inTheWay;
      for (const { outcome } of results) {
        if (outcome?.$case === 'held') continue;
        if (outcome?.value.lease !== undefined) leaseIds.push(outcome.value.lease.leaseId);
        if (outcome?.$case !== 'granted') continue;
        inheritTokens.push(outcome.value.inheritToken);
        ownerTokens.push(outcome.value.ownerToken);
      }
      const release = async (): Promise<void> => {
        for (const ownerToken of ownerTokens) await inner.release(ownerToken, peer);
      };
      return { kind: 'taken', leaseIds, inheritTokens, release };
    },
  };
}

function requestOf({
  directory,
  limits,
  sessionId,
  pids,
  inheritTokens,
  reason,
}: SessionLeaseWish): AcquireLeaseRequest {
  const resources = [...(directory === undefined ? [] : [directory]), ...limits];
  return {
    ...AcquireLeaseRequest.decode(new Uint8Array()),
    wishes: resources.map((resource) => ({ resource, mode: LeaseMode.EXCLUSIVE, capacity: undefined })),
    clientId: sessionId,
    liveness: LeaseLiveness.PROCESS,
    // Whoever comes next waits until nothing of the session is left, unless an operator forces it.
    handover: Handover.WAIT,
    attachPids: [...pids],
    inheritTokens: [...inheritTokens],
    reason,
  };
}
