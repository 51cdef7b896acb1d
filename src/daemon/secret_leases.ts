import { LeaseLiveness, LeaseMode } from '@tenure/client/gen/tenure/lease/v1/lease';
import { AcquireLeaseRequest } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import type { InnerLeases } from '../lease/inner_leases.js';
import type { SecretLeases, SecretLeaseWish } from '../secret/secret_leases.js';

/** What secrets ask of leases, put in the leases' own terms. */
export function secretLeases(inner: InnerLeases): SecretLeases {
  return {
    check: (wish, peer) => inner.check(requestOf(wish), peer),
    isInUse: (wish, peer) => inner.isInUse(requestOf(wish), peer),
    acquire: async (wish, peer) => {
      const { results } = await inner.acquire(requestOf(wish), peer);
      const outcome = results[0]?.outcome;
      // Nothing but SHARED leases is ever on a secret, and those hold nobody up.
      if (outcome?.$case !== 'granted') throw new Error(`a lease on a secret was not granted but ${outcome?.$case}`);
      return outcome.value;
    },
    release: (ownerToken, peer) => inner.release(ownerToken, peer),
    revoke: (target, revoker) => inner.revoke(target, revoker),
    owned: (ownerToken) => inner.owned(ownerToken),
    isActive: (leaseId) => inner.isActive(leaseId),
    idsOn: (resource) => inner.idsOn(resource),
    idsBelow: (resource) => inner.idsBelow(resource),
    count: () => inner.count(),
    onEnded: (listener) => inner.onEnded(listener),
  };
}

function requestOf({ resource, clientId, ttl, reason, requestId }: SecretLeaseWish): AcquireLeaseRequest {
  return {
    ...AcquireLeaseRequest.decode(new Uint8Array()),
    wishes: [{ resource, mode: LeaseMode.SHARED, capacity: undefined }],
    liveness: LeaseLiveness.TTL,
    clientId,
    ttl,
    reason,
    requestId,
  };
}
