import type { AuditEntry } from '@tenure/client';

export const START_MS = 1_777_629_600_000;

export function ms(seconds: number): number {
  return START_MS + seconds * 1_000;
}

/** An entry of so many seconds after the start. */
export function entry(
  seconds: number,
  action: string,
  fields: Partial<AuditEntry> = {},
  details: Record<string, string> = {},
): AuditEntry {
  return {
    sequence: BigInt(seconds),
    time: { seconds: BigInt(START_MS / 1_000 + seconds), nanos: 0 },
    action,
    success: true,
    actor: { uid: 1_000, pid: 812, executable: '/usr/bin/node', script: '/home/me/sync.js' },
    clientId: 'ci',
    resource: 'nightly',
    leaseId: 'l1',
    reason: '',
    ...fields,
    details: new Map(Object.entries(details)),
  };
}
