import { durationFromMillis } from './duration.js';
import { Handover, LeaseLiveness, LeaseMode } from './gen/tenure/lease/v1/lease.js';
import type { AcquireLeaseRequest, LeaseWish } from './gen/tenure/lease/v1/lease_service.js';
import { inheritedTokens } from './inheritance.js';
import type { LeaseOptions, Mode, Wish } from './lease_options.js';

/** The request that options stand for. Reads TENURE_LEASES and the enclosing scopes. */
export function acquireRequest(options: LeaseOptions, requestId: string): AcquireLeaseRequest {
  const { ttlMs, maxHoldMs } = options;
  return {
    wishes: wishesOf(options),
    clientId: options.clientId ?? '',
    liveness: options.liveness === 'process' ? LeaseLiveness.PROCESS : LeaseLiveness.HOLD,
    ttl: ttlMs === undefined ? undefined : durationFromMillis(ttlMs),
    maxHold: maxHoldMs === undefined ? undefined : durationFromMillis(maxHoldMs),
    handover: handoverOf(options.handover ?? 'grant'),
    reason: options.reason ?? '',
    metadata: options.metadata === undefined ? new Map() : new Map(Object.entries(options.metadata)),
    priority: options.priority ?? 0,
    wait: waitOf(options.wait),
    inheritTokens: options.inherit === false ? [] : inheritedTokens(),
    requestId: options.requestId ?? requestId,
    attachPids: options.attachPids === undefined ? [] : [...options.attachPids],
    waitedBefore: undefined,
  };
}

function wishesOf({ resource, mode, capacity }: LeaseOptions): LeaseWish[] {
  const wishes: readonly (string | Wish)[] = typeof resource === 'string' ? [resource] : resource;
  return wishes.map((wish) =>
    typeof wish === 'string'
      ? { resource: wish, mode: modeOf(mode), capacity }
      : { resource: wish.resource, mode: modeOf(wish.mode ?? mode), capacity: wish.capacity ?? capacity },
  );
}

function modeOf(mode: Mode | undefined): LeaseMode {
  return mode === 'shared' ? LeaseMode.SHARED : LeaseMode.EXCLUSIVE;
}

function handoverOf(handover: 'grant' | 'wait' | 'terminate'): Handover {
  switch (handover) {
    case 'grant':
      return Handover.GRANT;
    case 'wait':
      return Handover.WAIT;
    case 'terminate':
      return Handover.TERMINATE;
  }
}

function waitOf(wait: number | 'forever' | undefined): AcquireLeaseRequest['wait'] {
  if (wait === undefined || wait === 0) {
    return undefined;
  }
  return wait === 'forever'
    ? { $case: 'waitForever', value: true }
    : { $case: 'waitTimeout', value: durationFromMillis(wait) };
}
