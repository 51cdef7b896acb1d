import type { AuditEntry } from '@tenure/client';
import { optional, timestampJson } from './json_values.js';

export function auditEntryJson(entry: AuditEntry): Readonly<Record<string, unknown>> {
  return {
    sequence: entry.sequence.toString(),
    ...optional('time', entry.time, timestampJson),
    action: entry.action,
    success: entry.success,
    ...optional('actor', entry.actor, ({ uid, pid, executable, script }) => ({ uid, pid, executable, script })),
    clientId: entry.clientId,
    resource: entry.resource,
    leaseId: entry.leaseId,
    reason: entry.reason,
    details: Object.fromEntries(entry.details),
  };
}
