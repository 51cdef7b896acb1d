import { Handover, type LeaseLiveness, LeaseMode } from '@tenure/client/gen/tenure/lease/v1/lease';
import type { AcquireLeaseRequest, AcquireLeaseResponse } from '@tenure/client/gen/tenure/lease/v1/lease_service';

/** A plain acquire of one resource, as the generated stub wants it: all fields. */
export function acquireRequest(resource: string, liveness: LeaseLiveness, ttlSeconds?: number): AcquireLeaseRequest {
  return {
    wishes: [{ resource, mode: LeaseMode.EXCLUSIVE, capacity: undefined }],
    clientId: 'bench',
    liveness,
    ttl: ttlSeconds === undefined ? undefined : { seconds: BigInt(ttlSeconds), nanos: 0 },
    maxHold: undefined,
    handover: Handover.UNSPECIFIED,
    reason: '',
    metadata: new Map(),
    priority: 0,
    wait: undefined,
    inheritTokens: [],
    requestId: '',
    attachPids: [],
    waitedBefore: undefined,
  };
}

/** Throws where the resource was not granted. */
export function ownerTokenOf({ results }: AcquireLeaseResponse): string {
  const outcome = results[0]?.outcome;
  if (outcome?.$case !== 'granted') throw new Error(`not granted, but ${outcome?.$case}`);
  return outcome.value.ownerToken;
}
