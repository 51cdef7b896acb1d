import {
  type AcquireResult,
  AttachRole,
  type Blocker,
  type ExplainResourceResponse,
  Handover,
  type Holder,
  type Lease,
  LeaseEnd,
  type LeaseEvent,
  LeaseEventType,
  type LeaseHeld,
  LeaseLiveness,
  LeaseMode,
  LeaseState,
  PriorHolding,
  type Waiter,
  type YieldRequest,
} from '@tenure/client';
import { durationJson, enumWord, optional, timestampJson } from '../json_values.js';

export type Json = Readonly<Record<string, unknown>>;

function holderJson(holder: Holder): Json {
  return { ...holder, startTicks: holder.startTicks.toString() };
}

export function leaseJson(lease: Lease): Json {
  return {
    leaseId: lease.leaseId,
    resource: lease.resource,
    clientId: lease.clientId,
    mode: enumWord(LeaseMode, lease.mode),
    liveness: enumWord(LeaseLiveness, lease.liveness),
    state: enumWord(LeaseState, lease.state),
    fencingToken: lease.fencingToken.toString(),
    revision: lease.revision.toString(),
    ...optional('holder', lease.holder, holderJson),
    attached: lease.attached.map((one) => ({
      pid: one.pid,
      startTicks: one.startTicks.toString(),
      role: enumWord(AttachRole, one.role),
      command: one.command,
    })),
    reason: lease.reason,
    metadata: Object.fromEntries(lease.metadata),
    ...optional('acquireTime', lease.acquireTime, timestampJson),
    ...optional('expireTime', lease.expireTime, timestampJson),
    ...optional('remainingTtl', lease.remainingTtl, durationJson),
    ...optional('ttl', lease.ttl, durationJson),
    ...optional('maxHold', lease.maxHold, durationJson),
    ...optional('waited', lease.waited, durationJson),
    capacity: lease.capacity,
    handover: enumWord(Handover, lease.handover),
    ...(lease.end === LeaseEnd.UNSPECIFIED ? {} : { end: endJson(lease.end) }),
    ...optional('yieldRequest', lease.yieldRequest, yieldJson),
  };
}

function yieldJson({ reason, requester, requestTime }: YieldRequest): Json {
  return {
    reason,
    ...optional('requester', requester, holderJson),
    ...optional('requestTime', requestTime, timestampJson),
  };
}

export function endJson(end: LeaseEnd): string {
  return enumWord(LeaseEnd, end);
}

function waiterJson(waiter: Waiter): Json {
  return {
    waiterId: waiter.waiterId,
    resource: waiter.resource,
    clientId: waiter.clientId,
    ...optional('holder', waiter.holder, holderJson),
    mode: enumWord(LeaseMode, waiter.mode),
    position: waiter.position,
    priority: waiter.priority,
    effectivePriority: waiter.effectivePriority,
    ...optional('waitStartTime', waiter.waitStartTime, timestampJson),
    ...optional('waitEndTime', waiter.waitEndTime, timestampJson),
    reason: waiter.reason,
  };
}

export function blockerJson(blocker: Blocker): Json {
  switch (blocker.blocker?.$case) {
    case 'lease':
      return { lease: leaseJson(blocker.blocker.value) };
    case 'waiter':
      return { waiter: waiterJson(blocker.blocker.value) };
    case undefined:
      return {};
  }
}

export function heldJson(held: LeaseHeld): Json {
  return {
    outcome: 'held',
    blockers: held.blockers.map(blockerJson),
    queueLength: held.queueLength,
    ...(held.withheldForSet ? { withheldForSet: true } : {}),
    ...(held.ancestorLeaseId === '' ? {} : { ancestorLeaseId: held.ancestorLeaseId }),
  };
}

function resultJson(result: AcquireResult): Json {
  const stale = result.staleInheritance ? { staleInheritance: true } : {};
  switch (result.outcome?.$case) {
    case 'granted': {
      const { lease, ownerToken, inheritToken, prior } = result.outcome.value;
      return {
        outcome: 'granted',
        ...optional('lease', lease, leaseJson),
        token: ownerToken,
        inheritToken,
        ...(prior === PriorHolding.UNSPECIFIED ? {} : { prior: enumWord(PriorHolding, prior) }),
        ...stale,
      };
    }
    case 'inherited': {
      const { lease, inheritToken } = result.outcome.value;
      return { outcome: 'inherited', ...optional('lease', lease, leaseJson), inheritToken, ...stale };
    }
    case 'held':
      return { ...heldJson(result.outcome.value), ...stale };
    case undefined:
      return { outcome: 'unknown' };
  }
}

/** One result as it is; several, each with its resource, under `results`. */
export function acquireJson(results: readonly AcquireResult[]): Json {
  const [first] = results;
  if (results.length === 1 && first !== undefined) return resultJson(first);
  return { results: results.map((result) => ({ resource: result.resource, ...resultJson(result) })) };
}

export function eventJson(event: LeaseEvent): Json {
  return {
    type: enumWord(LeaseEventType, event.type),
    revision: event.revision.toString(),
    ...optional('lease', event.lease, leaseJson),
    ...optional('eventTime', event.eventTime, timestampJson),
    ...(event.replacedBy === '' ? {} : { replacedBy: event.replacedBy }),
  };
}

export function explainJson(resource: string, explained: ExplainResourceResponse): Json {
  return {
    resource,
    capacity: explained.capacity,
    policyPattern: explained.policyPattern,
    holders: explained.holders.map(leaseJson),
    draining: explained.draining.map(leaseJson),
    queue: explained.queue.map(waiterJson),
    blocks: explained.blocks.map(({ waiterId, blockedBy }) => ({ waiterId, blockedBy })),
    strays: explained.strays.map(({ pid, command, leaseId }) => ({ pid, command, leaseId })),
  };
}
