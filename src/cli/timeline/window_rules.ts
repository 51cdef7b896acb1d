import type { Told } from './entry_rules.js';
import type { Hold, Run, Timeline, Wait } from './timeline.js';
import { waitsOf } from './wait_rules.js';

/** What the daemon itself knows of. */
export interface Going {
  readonly holds: readonly Hold[];
  readonly waits: readonly Omit<Wait, 'waitedFor'>[];
  /** Also of runs that are over. */
  readonly runs: readonly Run[];
  /** The oldest entry of the log; undefined where it is empty. */
  readonly logBeginsMs: number | undefined;
}

interface Window {
  readonly fromMs: number;
  readonly toMs: number;
  readonly nowMs: number;
}

/** The log and the present put together, as far as they are within the window. */
export function joined({ fromMs, toMs, nowMs }: Window, told: Told, going: Going): Timeline {
  const isSeen = ({ startMs, endMs }: { readonly startMs: number; readonly endMs: number }): boolean =>
    endMs >= fromMs && startMs <= toMs;
  // A lease may have ended between the two questions: its end is the truth.
  const ended = new Set(told.holds.map(({ leaseId }) => leaseId));
  const holds = [...told.holds, ...going.holds.filter(({ leaseId }) => !ended.has(leaseId))];
  // The daemon knows more of a session than the log, for as long as it keeps it.
  const known = new Set(going.runs.map(({ id }) => id));
  const runs = [...told.runs.filter(({ id }) => !known.has(id)), ...going.runs];
  return {
    fromMs,
    toMs,
    nowMs,
    holds: holds.filter(({ startMs, drainedMs }) => isSeen({ startMs, endMs: drainedMs })).sort(byStart),
    waits: waitsOf(holds, [...told.waits, ...going.waits]).filter(isSeen),
    runs: runs.filter(isSeen).sort(byStart),
    marks: told.marks.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs),
    notes: notesOf(fromMs, told.lostEntries, going.logBeginsMs),
  };
}

function byStart(a: { readonly startMs: number }, b: { readonly startMs: number }): number {
  return a.startMs - b.startMs;
}

function notesOf(fromMs: number, lostEntries: number, logBeginsMs: number | undefined): string[] {
  const notes: string[] = [];
  if (logBeginsMs === undefined) notes.push('The audit log is empty.');
  else if (logBeginsMs > fromMs) {
    const begins = new Date(logBeginsMs).toISOString().replace(/\.\d+Z/, 'Z');
    notes.push(`The audit log begins at ${begins}; what ended before is not in it.`);
  }
  if (lostEntries > 0) notes.push(`${lostEntries} entries of the audit log were lost; a disk was full.`);
  notes.push(
    'Leases that were held and waited for only shortly are not in the audit log (audit.leases says how shortly).',
  );
  return notes;
}
