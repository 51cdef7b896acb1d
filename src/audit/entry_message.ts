import type { AuditEntry as AuditEntryMessage } from '@tenure/client/gen/tenure/audit/v1/audit_service';
import { timestampOfMs } from '../rpc/durations.js';
import type { AuditEntry } from '../telemetry/audit_entry.js';

/** An entry as callers get it. */
export function entryMessage(entry: AuditEntry): AuditEntryMessage {
  const { sequence, timeMs, action, success, actor, clientId, resource, leaseId, reason, details } = entry;
  return {
    sequence: BigInt(sequence),
    time: timestampOfMs(timeMs),
    action,
    success,
    actor: actor && { ...actor, pid: actor.pid ?? 0 },
    clientId,
    resource,
    leaseId,
    reason,
    details: new Map(details),
  };
}
