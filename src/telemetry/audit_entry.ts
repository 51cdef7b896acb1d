import type { EventActor, TenureEvent } from './events.js';
import { redactFields, redactText } from './redaction.js';

/** Most characters of one text; a longer one is cut. */
const MAX_TEXT = 1024;
/** Most characters of all details together; the others are left out. */
const MAX_DETAILS = 4096;

/** Fields that have a place of their own in an entry. */
const LIFTED = new Set(['clientId', 'resource', 'leaseId', 'reason']);

/** What happened, before it has its place in the log. Nothing secret in it, and of bounded size. */
export interface AuditDraft {
  /** On the wall clock. */
  readonly timeMs: number;
  readonly action: string;
  readonly success: boolean;
  /** Undefined where the daemon did it by itself. */
  readonly actor: EventActor | undefined;
  /** Empty, as the next three, where there is none. */
  readonly clientId: string;
  readonly resource: string;
  readonly leaseId: string;
  readonly reason: string;
  readonly details: ReadonlyMap<string, string>;
}

/** One line of the audit log. */
export interface AuditEntry extends AuditDraft {
  /** Rises with each entry, from 1, also over restarts. */
  readonly sequence: number;
}

export function draftOf({ action, success, actor, metadata }: TenureEvent, wallMs: number): AuditDraft {
  const fields = redactFields(metadata);
  const lifted = (name: string): string => cut(String(fields[name] ?? ''), MAX_TEXT);
  return {
    timeMs: Math.floor(wallMs),
    action: cut(action, MAX_TEXT),
    success,
    actor: actor && {
      uid: actor.uid,
      pid: actor.pid,
      executable: cut(redactText(actor.executable), MAX_TEXT),
      script: cut(redactText(actor.script), MAX_TEXT),
    },
    clientId: lifted('clientId'),
    resource: lifted('resource'),
    leaseId: lifted('leaseId'),
    reason: lifted('reason'),
    details: detailsOf(fields),
  };
}

function detailsOf(fields: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const details = new Map<string, string>();
  let room = MAX_DETAILS;
  for (const [name, value] of Object.entries(fields)) {
    if (LIFTED.has(name)) continue;
    const text = cut(String(value), MAX_TEXT);
    room -= name.length + text.length;
    if (room < 0) break;
    details.set(name, text);
  }
  return details;
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  // Not through the midst of a character.
  return `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
