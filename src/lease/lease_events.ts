import { LeaseEnd } from '@tenure/client/gen/tenure/lease/v1/lease';
import { actorOf } from '../rpc/actor.js';
import type { EventActor, TenureEvent } from '../telemetry/events.js';
import type { Revoker } from './ending.js';
import type { End } from './ending_rules.js';
import type { LeaseRecord } from './record.js';

/** Something that the lease's holder did, or that happened to it. */
export function leaseEvent(action: string, level: TenureEvent['level'], lease: LeaseRecord): TenureEvent {
  return eventOf(action, level, lease, actorOf(lease.holder), {});
}

/** An end as the operator's events tell it. */
export function leaseEndEvent(lease: LeaseRecord, end: End, revoker: Revoker | undefined): TenureEvent {
  switch (end) {
    case LeaseEnd.RELEASED:
      return leaseEvent('lease.released', 'debug', lease);
    case LeaseEnd.REVOKED: {
      const { uid, reason, actor } = revoker ?? {};
      const why = { ...(uid === undefined ? {} : { uid }), ...(reason === undefined ? {} : { reason }) };
      return eventOf('lease.revoked', 'info', lease, actor, why);
    }
    case LeaseEnd.REPLACED:
      return leaseEvent('lease.replaced', 'info', lease);
    case LeaseEnd.EXPIRED:
    case LeaseEnd.MAX_HOLD:
    case LeaseEnd.OTHER_BOOT:
      return eventOf('lease.expired', 'info', lease, undefined, {});
    case LeaseEnd.PROCESS_GONE:
      return leaseEvent('lease.lost', 'debug', lease);
  }
}

/** Somebody wishes that the holder give its lease back; `told`: its client has heard so. */
export function yieldEvent(lease: LeaseRecord, reason: string, told: boolean, actor: EventActor): TenureEvent {
  return eventOf('lease.yield_requested', 'info', lease, actor, { reason, told });
}

function eventOf(
  action: string,
  level: TenureEvent['level'],
  { leaseId, resource, clientId, fencingToken }: LeaseRecord,
  actor: EventActor | undefined,
  more: TenureEvent['metadata'],
): TenureEvent {
  const metadata = { leaseId, resource, clientId, fencingToken, ...more };
  return { action, level, success: true, ...(actor === undefined ? {} : { actor }), metadata };
}
