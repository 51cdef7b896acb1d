import { DaemonPhase, durationToMillis } from '@tenure/client';
import { describeDuration } from '@tenure/client/duration-text';
import { describeBytes } from '../health_text.js';
import { enumWord } from '../json_values.js';
import { printable } from '../style.js';
import { frame, type Line, type Section, type Size } from './frame_rules.js';
import { LEASE_COLUMNS, leaseRows } from './lease_rows.js';
import type { LiveState, Now } from './live_state.js';
import type { Row } from './rows.js';
import { SESSION_COLUMNS, sessionRows } from './session_rows.js';
import { TASK_COLUMNS, taskRows } from './task_rows.js';
import { filtered, type SectionName, selectedIndex, type ViewState } from './view_state.js';

/** How long it stands that the daemon was away. */
const BACK_SHOWN_MS = 10_000;
/** Warnings of the daemon that are told in full; `tenure health` has them all. */
const MOST_WARNINGS = 3;

/** What of the state a view selects, in its order. */
export interface Lists {
  readonly sections: readonly SectionName[];
  readonly rows: Readonly<Record<SectionName, readonly Row[]>>;
  /** Without the filter. */
  readonly totals: Readonly<Record<SectionName, number>>;
}

export function listsOf(state: LiveState, view: ViewState, now: Now, home: string): Lists {
  const all = {
    leases: leaseRows(state, view.leaseSort, now),
    sessions: sessionRows(state, view.sessionSort, now, home),
    tasks: taskRows(state, view.taskSort, now),
  };
  const rows = {
    leases: filtered(all.leases, view.filter),
    sessions: filtered(all.sessions, view.filter),
    tasks: filtered(all.tasks, view.filter),
  };
  const totals = { leases: all.leases.length, sessions: all.sessions.length, tasks: all.tasks.length };
  return { sections: totals.tasks > 0 ? ['leases', 'sessions', 'tasks'] : ['leases', 'sessions'], rows, totals };
}

/** The lists with what stands above them; with a footer, for somebody at a keyboard, else for a printer. */
export function picture(
  state: LiveState,
  view: ViewState,
  lists: Lists,
  size: Size,
  now: Now,
  footer: Line | undefined,
): Line[] {
  const sections = lists.sections.map((name) => sectionOf(name, view, lists, footer !== undefined));
  return frame(headerOf(state, now), sections, footer, size);
}

function sectionOf(name: SectionName, view: ViewState, lists: Lists, hasCursor: boolean): Section {
  const rows = lists.rows[name];
  const hidden = lists.totals[name] - rows.length;
  const sort = { leases: view.leaseSort, sessions: view.sessionSort, tasks: view.taskSort }[name];
  const columns = { leases: LEASE_COLUMNS, sessions: SESSION_COLUMNS, tasks: TASK_COLUMNS }[name];
  const aside = [rows.length > 1 ? `by ${sort}` : '', hidden > 0 ? `${hidden} filtered out` : ''];
  return {
    title: name.toUpperCase(),
    aside: aside.filter(Boolean).join(', '),
    columns,
    rows,
    empty:
      hidden > 0
        ? 'none that the filter selects'
        : { leases: 'nothing is held', sessions: 'none runs', tasks: '' }[name],
    selected: hasCursor && view.section === name ? selectedIndex(rows, view.selections[name]) : undefined,
  };
}

/** How the daemon is, in a line, and a line for each thing that somebody should know. */
function headerOf(state: LiveState, now: Now): Line[] {
  const { status } = state;
  const lines: Line[] = [];
  if (status === undefined) lines.push([{ text: 'tenured', tone: 'bold' }, { text: '  connecting' }]);
  else {
    const { version, phase, uptime, pid, leases, residentBytes } = status;
    const word = enumWord(DaemonPhase, phase);
    const sinceMs = sinceStatus(state, now);
    const waiting =
      leases === undefined || leases.waiters === 0 ? '' : `${leases.waiters} waiting${longest(state, sinceMs)}`;
    const parts = [
      uptime === undefined ? '' : `up ${describeDuration(durationToMillis(uptime) + sinceMs)}`,
      `pid ${pid}`,
      describeBytes(Number(residentBytes)),
      waiting,
    ];
    lines.push([
      { text: `tenured ${version}`, tone: 'bold' },
      { text: '  ' },
      { text: word, tone: phase === DaemonPhase.SERVING ? 'green' : 'yellow' },
      { text: `  ${parts.filter(Boolean).join('  ')}` },
    ]);
  }
  const link = linkLine(state, now);
  if (link !== undefined) lines.push([link]);
  for (const { code, message } of status?.warnings.slice(0, MOST_WARNINGS) ?? []) {
    // `tenure health` has the lines below it, too.
    const [first = ''] = message.split('\n', 1);
    lines.push([{ text: `warning ${code}: ${printable(first)}`, tone: 'yellow' }]);
  }
  return [...lines, []];
}

/** By how much the status is older: it is told at changes, and else but now and then. Of a daemon that is away nothing moves. */
function sinceStatus({ statusMs, link }: LiveState, { steadyMs }: Now): number {
  return Math.max(0, (link.kind === 'away' ? link.sinceMs : steadyMs) - statusMs);
}

function longest({ status }: LiveState, sinceMs: number): string {
  const wait = status?.leases?.longestWait;
  return wait === undefined ? '' : ` (longest ${describeDuration(durationToMillis(wait) + sinceMs)})`;
}

function linkLine({ link }: LiveState, { steadyMs }: Now): { text: string; tone: 'red' | 'green' } | undefined {
  switch (link.kind) {
    case 'up':
      return undefined;
    case 'away': {
      const away = describeDuration(steadyMs - link.sinceMs);
      return { text: `tenured is away (${away}); this is what it said last, and goes on when it is back`, tone: 'red' };
    }
    case 'back': {
      if (steadyMs - link.atMs > BACK_SHOWN_MS) return undefined;
      const how = link.restarted ? 'tenured was restarted' : 'tenured is back';
      return { text: `${how}; it was away for ${describeDuration(link.awayMs)}`, tone: 'green' };
    }
  }
}
