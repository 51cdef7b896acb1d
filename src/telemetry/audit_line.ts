import type { AuditDraft, AuditEntry } from './audit_entry.js';
import type { EventActor } from './events.js';

/** An entry's line, with its end. The sequence comes first, as `lineSequence` expects. */
export function lineOf(sequence: number, draft: AuditDraft): string {
  const { timeMs, action, success, actor, clientId, resource, leaseId, reason, details } = draft;
  const line = {
    sequence,
    timeMs,
    action,
    success,
    actor,
    clientId: clientId || undefined,
    resource: resource || undefined,
    leaseId: leaseId || undefined,
    reason: reason || undefined,
    details: details.size === 0 ? undefined : Object.fromEntries(details),
  };
  return `${JSON.stringify(line)}\n`;
}

/** The sequence that a line claims, without reading the rest of it; undefined where it has none. */
export function lineSequence(line: string): number | undefined {
  const [, digits] = /^\{"sequence":(\d{1,16}),/.exec(line) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** An entry from its line without the end; undefined where the line is damaged. */
export function readLine(line: string): AuditEntry | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isObject(fields)) return undefined;
  const { sequence, timeMs, action, success } = fields;
  if (typeof sequence !== 'number' || !Number.isSafeInteger(sequence) || sequence < 1) return undefined;
  if (typeof timeMs !== 'number' || !Number.isSafeInteger(timeMs)) return undefined;
  if (typeof action !== 'string' || typeof success !== 'boolean') return undefined;
  return {
    sequence,
    timeMs,
    action,
    success,
    actor: readActor(fields['actor']),
    clientId: textOf(fields['clientId']),
    resource: textOf(fields['resource']),
    leaseId: textOf(fields['leaseId']),
    reason: textOf(fields['reason']),
    details: readDetails(fields['details']),
  };
}

function readActor(actor: unknown): EventActor | undefined {
  if (!isObject(actor) || typeof actor['uid'] !== 'number') return undefined;
  const { uid, pid, executable, script } = actor;
  return {
    uid,
    pid: typeof pid === 'number' ? pid : undefined,
    executable: textOf(executable),
    script: textOf(script),
  };
}

function readDetails(details: unknown): ReadonlyMap<string, string> {
  if (!isObject(details)) return new Map();
  return new Map(Object.entries(details).map(([name, value]) => [name, textOf(value)]));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
