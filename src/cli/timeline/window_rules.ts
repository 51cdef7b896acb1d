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

/** A fitted window is at least so long, for its axis to say something. */
const LEAST_FITTED_MS = 60_000;

export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
  readonly nowMs: number;
  /** It begins with the first that is seen in it; else it is as long as was asked for. */
  readonly isFitted: boolean;
}

/** The log and the present put together, as far as they are within the window. */
export function joined({ fromMs, toMs, nowMs, isFitted }: Window, told: Told, going: Going): Timeline {
  const isSeen = ({ startMs, endMs }: { readonly startMs: number; readonly endMs: number }): boolean =>
    endMs >= fromMs && startMs <= toMs;
  // A lease may have ended between the two questions: its end is the truth.
  const ended = new Set(told.holds.map(({ leaseId }) => leaseId));
  const holds = [...told.holds, ...going.holds.filter(({ leaseId }) => !ended.has(leaseId))];
  // The daemon knows more of a session than the log, for as long as it keeps it.
  const known = new Set(going.runs.map(({ id }) => id));
  const runs = [...told.runs.filter(({ id }) => !known.has(id)), ...going.runs];
  const seen = {
    holds: holds.filter(({ startMs, drainedMs }) => isSeen({ startMs, endMs: drainedMs })).sort(byStart),
    waits: waitsOf(holds, [...told.waits, ...going.waits]).filter(isSeen),
    runs: runs.filter(isSeen).sort(byStart),
    marks: told.marks.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs),
  };
  return {
    fromMs: isFitted ? Math.max(fromMs, Math.min(firstOf(seen, toMs), toMs - LEAST_FITTED_MS)) : fromMs,
    toMs,
    nowMs,
    ...seen,
    notes: notesOf(fromMs, told.lostEntries, going.logBeginsMs),
  };
}

/** When the first of all began; of nothing at all the beginning of time. */
function firstOf({ holds, waits, runs, marks }: Pick<Timeline, 'holds' | 'waits' | 'runs' | 'marks'>, toMs: number) {
  const starts = [...[...holds, ...waits, ...runs].map(({ startMs }) => startMs), ...marks.map(({ atMs }) => atMs)];
  if (starts.length === 0) return 0;
  return starts.reduce((first, start) => Math.min(first, start), toMs);
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
