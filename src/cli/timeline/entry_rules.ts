import type { AuditEntry } from '@tenure/client';
import { timestampToDate } from '@tenure/client';
import type { Hold, HoldEnd, Mark, Run, Wait } from './timeline.js';

const END_OF: ReadonlyMap<string, HoldEnd> = new Map([
  ['lease.released', 'released'],
  ['lease.revoked', 'revoked'],
  ['lease.replaced', 'replaced'],
  ['lease.expired', 'expired'],
  ['lease.lost', 'process gone'],
]);

/** All that the log tells of, before it is put together. */
export interface Told {
  readonly holds: Hold[];
  /** Those that came to nothing; the others are told by their holds. */
  readonly waits: Omit<Wait, 'waitedFor'>[];
  readonly runs: Run[];
  readonly marks: Mark[];
  readonly lostEntries: number;
}

/** Reads entries in their order. */
export function readEntries(entries: Iterable<AuditEntry>): Told {
  const holds = new Map<string, Hold>();
  const waits: Omit<Wait, 'waitedFor'>[] = [];
  const runs = new Map<string, Run>();
  const marks: Mark[] = [];
  let lostEntries = 0;
  for (const entry of entries) {
    const { action, leaseId } = entry;
    const atMs = momentOf(entry);
    if (action === 'lease.drained') holds.set(leaseId, drained(entry, atMs, holds.get(leaseId)));
    else if (action === 'lease.wait_ended') waits.push(waitOf(entry, atMs));
    else if (action === 'session.launched') runs.set(sessionIdOf(entry), launchOf(entry, atMs));
    else if (action === 'session.ended') runs.set(sessionIdOf(entry), endOf(entry, atMs, runs.get(sessionIdOf(entry))));
    else if (action === 'audit.entries_lost') lostEntries += numberOf(entry, 'entries') ?? 0;
    else if (action === 'daemon.crash_recovered') crashFound(marks, atMs);
    else if (DAEMON.has(action)) marks.push({ atMs, text: DAEMON.get(action) ?? action });
    else if (END_OF.has(action)) {
      const hold = holdOf(entry, atMs);
      if (hold !== undefined) holds.set(leaseId, hold);
    }
  }
  return { holds: [...holds.values()], waits, runs: [...runs.values()], marks, lostEntries };
}

const STARTED = 'tenured started';
const DAEMON: ReadonlyMap<string, string> = new Map([
  ['daemon.started', STARTED],
  ['daemon.stopped', 'tenured stopped'],
  ['daemon.stalled', 'tenured stood still'],
]);

/** A crash is found by the start that follows it, and told of after that. */
function crashFound(marks: Mark[], atMs: number): void {
  const last = marks.at(-1);
  const isAfterStart = last?.text === STARTED;
  marks.splice(isAfterStart ? -1 : marks.length, 0, {
    atMs: isAfterStart ? last.atMs : atMs,
    text: 'tenured had crashed',
  });
}

function momentOf({ time }: AuditEntry): number {
  return time === undefined ? 0 : timestampToDate(time).getTime();
}

function numberOf({ details }: AuditEntry, name: string): number | undefined {
  const text = details.get(name);
  const value = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** Undefined for an end that does not say how long it was held: one of an earlier version. */
function holdOf(entry: AuditEntry, atMs: number): Hold | undefined {
  const heldMs = numberOf(entry, 'heldMs');
  if (heldMs === undefined) return undefined;
  const { resource, leaseId, clientId, details } = entry;
  const startMs = startOf(entry, atMs - heldMs);
  return {
    resource,
    leaseId,
    clientId,
    who: whoOf(entry),
    mode: details.get('mode') === 'shared' ? 'shared' : 'exclusive',
    purpose: details.get('purpose') ?? '',
    startMs,
    endMs: startMs + heldMs,
    drainedMs: startMs + heldMs,
    end: holdEndOf(entry),
    waitedMs: numberOf(entry, 'waitedMs') ?? 0,
  };
}

/** An entry is written a moment after what it tells of, and the next holder may be in by then. */
function startOf({ details }: AuditEntry, otherwise: number): number {
  const acquiredMs = Date.parse(details.get('acquireTime') ?? '');
  return Number.isNaN(acquiredMs) ? otherwise : acquiredMs;
}

function holdEndOf({ action, details }: AuditEntry): HoldEnd {
  if (details.get('limit') === 'boot') return 'reboot';
  if (details.get('limit') === 'max_hold') return 'over max hold';
  return END_OF.get(action) ?? 'released';
}

/** Where its end is not in the log, that was too soon after the grant. */
function drained(entry: AuditEntry, atMs: number, known: Hold | undefined): Hold {
  if (known !== undefined) return { ...known, drainedMs: atMs };
  const startMs = startOf(entry, atMs - (numberOf(entry, 'heldMs') ?? 0));
  const { resource, leaseId, clientId, details } = entry;
  const mode = details.get('mode') === 'shared' ? 'shared' : 'exclusive';
  const purpose = details.get('purpose') ?? '';
  const life = { startMs, endMs: startMs, drainedMs: atMs, waitedMs: numberOf(entry, 'waitedMs') ?? 0 };
  return { resource, leaseId, clientId, who: whoOf(entry), mode, purpose, end: 'released', ...life };
}

function whoOf({ details, actor, clientId }: AuditEntry): string {
  const holder = details.get('holder');
  if (holder !== undefined) return holder;
  if (actor === undefined || actor.pid === 0) return `client ${clientId}`;
  const words = [actor.executable, actor.script].map((path) => path.slice(path.lastIndexOf('/') + 1));
  return ['pid', String(actor.pid), ...words.filter((word) => word !== '')].join(' ');
}

function waitOf(entry: AuditEntry, atMs: number): Omit<Wait, 'waitedFor'> {
  const { resource, clientId, reason } = entry;
  const startMs = atMs - (numberOf(entry, 'waitedMs') ?? 0);
  const outcome = reason === 'TIMED_OUT' ? 'timed out' : 'gave up';
  return { resource, who: whoOf(entry), clientId, startMs, endMs: atMs, outcome };
}

function sessionIdOf({ details }: AuditEntry): string {
  return details.get('sessionId') ?? '';
}

function launchOf(entry: AuditEntry, atMs: number): Run {
  const { details } = entry;
  const id = sessionIdOf(entry);
  const about = [details.get('directory') ?? '', details.get('command') ?? ''].filter((word) => word !== '').join(' ');
  const name = details.get('adapter') ?? '';
  // Its end is not in the log: whoever still runs, the daemon knows.
  return { kind: 'session', id, name, about, startMs: atMs, endMs: atMs, outcome: 'end not known', tone: 'other' };
}

function endOf(entry: AuditEntry, atMs: number, known: Run | undefined): Run {
  const outcome = entry.details.get('outcome') ?? 'ended';
  const startMs = known?.startMs ?? atMs - (numberOf(entry, 'durationMs') ?? 0);
  const launch = known ?? launchOf(entry, startMs);
  return {
    ...launch,
    startMs,
    endMs: atMs,
    outcome: outcome.replaceAll('_', ' '),
    tone: entry.success ? 'good' : 'bad',
  };
}
