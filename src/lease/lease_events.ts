import { LeaseEnd } from '@tenure/client/gen/tenure/lease/v1/lease';
import type { TenureEvent } from '../telemetry/events.js';
import type { End } from './ending_rules.js';
import type { LeaseRecord } from './record.js';

export function leaseEvent(
  action: string,
  level: TenureEvent['level'],
  lease: LeaseRecord,
  more: TenureEvent['metadata'] = {},
): TenureEvent {
  const { leaseId, resource, clientId, fencingToken } = lease;
  return { action, level, success: true, metadata: { leaseId, resource, clientId, fencingToken, ...more } };
}

/** An end as the operator's events tell it. */
export function leaseEndEvent(lease: LeaseRecord, end: End, revoker: TenureEvent['metadata'] = {}): TenureEvent {
  switch (end) {
    case LeaseEnd.RELEASED:
      return leaseEvent('lease.released', 'debug', lease);
    case LeaseEnd.REVOKED:
      return leaseEvent('lease.revoked', 'info', lease, revoker);
    case LeaseEnd.REPLACED:
      return leaseEvent('lease.replaced', 'info', lease);
    case LeaseEnd.EXPIRED:
    case LeaseEnd.MAX_HOLD:
    case LeaseEnd.OTHER_BOOT:
      return leaseEvent('lease.expired', 'info', lease);
    case LeaseEnd.PROCESS_GONE:
      return leaseEvent('lease.lost', 'debug', lease);
  }
}
