import { describeDuration } from '@tenure/client/duration-text';
import { printable, type Style, style } from '../style.js';
import { fit, widthOf, wrap } from '../text_width.js';
import { type Track, tracksOf } from './lane_rules.js';
import { tickLabel, ticksOf } from './tick_rules.js';
import type { Hold, Timeline, Wait } from './timeline.js';

const MOST_LABEL = 30;
const LEAST_CHART = 20;
/** Tracks that a terminal is filled with; the page has them all. */
const MOST_TRACKS = 40;
/** Waits and holds that are told of in words. */
const MOST_WORDS = 10;
/** Columns that a tick's label needs, of hours and of days. */
const TICK_WIDTH = 9;
const DAY_TICK_WIDTH = 15;
const DAY_AND_HOUR_MS = 25 * 3_600_000;

export interface ChartOptions {
  readonly width: number;
  /** All tracks, however many. */
  readonly all: boolean;
  /** Of local time from UTC. */
  readonly offsetMs: number;
  /** Where the terminal may know no other characters. */
  readonly ascii: boolean;
}

/** One column of a lane: what was there at some time of it. */
type Mark = 'held' | 'draining' | 'waited' | 'good' | 'bad' | 'going' | 'other';

interface Sign {
  readonly sign: string;
  readonly ascii: string;
  readonly tone: Style | undefined;
}

const SIGNS: Readonly<Record<Mark, Sign>> = {
  held: { sign: '█', ascii: '#', tone: 'green' },
  draining: { sign: '▒', ascii: '=', tone: 'yellow' },
  waited: { sign: '░', ascii: '.', tone: 'yellow' },
  good: { sign: '█', ascii: '#', tone: 'green' },
  bad: { sign: 'x', ascii: 'x', tone: 'red' },
  going: { sign: '▓', ascii: '+', tone: undefined },
  other: { sign: '▒', ascii: '=', tone: 'dim' },
};

/** The timeline for a terminal: a chart, and the longest waits and holds in words. */
export function describeTimeline(timeline: Timeline, options: ChartOptions): string {
  const { fromMs, toMs, notes } = timeline;
  const tracks = tracksOf(timeline);
  const shown = options.all ? tracks : heaviest(tracks, MOST_TRACKS);
  const labels = shown.map(({ name, aside }) => widthOf(labelOf(name, aside)));
  const label = Math.max(10, Math.min(MOST_LABEL, options.width - LEAST_CHART - 2, Math.max(0, ...labels)));
  const chart = Math.max(LEAST_CHART, options.width - label - 2);
  const perColumn = (toMs - fromMs) / chart;
  const scale = { fromMs, perColumn, chart, label, ascii: options.ascii };
  const head = [
    style('bold', `${localTime(fromMs, options.offsetMs)} to ${localTime(toMs, options.offsetMs)}`),
    style('dim', `  ${describeDuration(toMs - fromMs)}, a column is ${describeDuration(perColumn)}`),
  ].join('');
  const lines = [head, '', axis(timeline, scale, options.offsetMs)];
  for (const [kind, title] of [
    ['resource', 'LEASES'],
    ['session', 'SESSIONS'],
    ['task', 'TASKS'],
  ] as const) {
    const ofKind = shown.filter((track) => track.kind === kind);
    if (ofKind.length > 0) lines.push(style('bold', title), ...ofKind.flatMap((track) => trackLines(track, scale)));
  }
  if (tracks.length > 0) lines.push(...wrap(legend(options.ascii), options.width).map((line) => style('dim', line)));
  if (tracks.length === 0) lines.push('', style('dim', 'nothing that is known'));
  if (shown.length < tracks.length) {
    lines.push(style('dim', `and ${tracks.length - shown.length} more: --all, --resource, or a page with --html`));
  }
  lines.push(...waitLines(timeline.waits), ...holdLines(timeline.holds), ...markLines(timeline, options.offsetMs));
  return [...lines, '', ...notes.map((note) => style('dim', note))].join('\n');
}

/** Those with the most to see, in their order. */
function heaviest(tracks: readonly Track[], most: number): readonly Track[] {
  const kept = new Set([...tracks].sort((a, b) => b.weightMs - a.weightMs).slice(0, most));
  return tracks.filter((track) => kept.has(track));
}

interface Scale {
  readonly fromMs: number;
  readonly perColumn: number;
  readonly chart: number;
  readonly label: number;
  readonly ascii: boolean;
}

function labelOf(name: string, aside: string): string {
  return aside === '' ? printable(name) : `${printable(name)} (${printable(aside)})`;
}

function trackLines({ name, aside, holds, waits, runs }: Track, scale: Scale): string[] {
  const lines: string[] = [];
  const row = (label: string, paint: (cells: (Mark | undefined)[]) => void): void => {
    const cells: (Mark | undefined)[] = new Array(scale.chart).fill(undefined);
    paint(cells);
    lines.push(`${fit(label, scale.label)}  ${cells.map((what) => signOf(what, scale.ascii)).join('')}`.trimEnd());
  };
  if (holds.length > 0 || runs.length > 0) {
    row(labelOf(name, aside), (cells) => {
      for (const hold of holds.flat()) mark(cells, scale, hold.endMs, hold.drainedMs, 'draining');
      for (const hold of holds.flat()) mark(cells, scale, hold.startMs, hold.endMs, 'held');
      for (const run of runs.flat()) mark(cells, scale, run.startMs, run.endMs, run.tone);
    });
  }
  if (waits.length > 0) {
    const label = lines.length > 0 ? '  waiting' : `${printable(name)} waiting`;
    row(label, (cells) => {
      for (const wait of waits.flat()) mark(cells, scale, wait.startMs, wait.endMs, 'waited');
    });
  }
  return lines;
}

/** However short, it shows. */
function mark(cells: (Mark | undefined)[], scale: Scale, startMs: number, endMs: number, what: Mark): void {
  if (endMs < startMs || (what === 'draining' && endMs === startMs)) return;
  const at = (ms: number): number => Math.floor((ms - scale.fromMs) / scale.perColumn);
  const first = Math.max(0, at(startMs));
  const last = Math.min(scale.chart - 1, Math.max(first, at(endMs - 1)));
  for (let column = first; column <= last; column += 1) cells[column] = what;
}

function signOf(what: Mark | undefined, ascii: boolean): string {
  if (what === undefined) return ' ';
  const { tone, ...signs } = SIGNS[what];
  const sign = ascii ? signs.ascii : signs.sign;
  return tone === undefined ? sign : style(tone, sign);
}

function legend(ascii: boolean): string {
  const parts = [
    ['held', 'held, or ran'],
    ['going', 'runs'],
    ['waited', 'waited'],
    ['draining', 'ended, its processes still ran'],
    ['bad', 'failed'],
  ] as const;
  return parts.map(([what, text]) => `${ascii ? SIGNS[what].ascii : SIGNS[what].sign} ${text}`).join('  ');
}

function axis({ fromMs, toMs }: Timeline, scale: Scale, offsetMs: number): string {
  const columns: string[] = new Array(scale.chart).fill(' ');
  const tickWidth = toMs - fromMs > DAY_AND_HOUR_MS ? DAY_TICK_WIDTH : TICK_WIDTH;
  for (const tick of ticksOf(fromMs, toMs, Math.max(2, Math.floor(scale.chart / tickWidth)), offsetMs)) {
    const text = `|${tickLabel(tick, toMs - fromMs, offsetMs)}`;
    const at = Math.floor((tick - fromMs) / scale.perColumn);
    if (at < 0 || at + text.length > scale.chart) continue;
    for (const [index, character] of [...text].entries()) columns[at + index] = character;
  }
  return style('dim', `${' '.repeat(scale.label)}  ${columns.join('')}`.trimEnd());
}

/** `2026-05-01 12:00:05`. */
export function localTime(ms: number, offsetMs: number): string {
  return new Date(ms + offsetMs).toISOString().slice(0, 19).replace('T', ' ');
}

function waitLines(waits: readonly Wait[]): string[] {
  if (waits.length === 0) return [];
  const longest = [...waits].sort((a, b) => lasted(b) - lasted(a)).slice(0, MOST_WORDS);
  const lines = longest.map((wait) => {
    const [first, ...others] = wait.waitedFor;
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    const whom = first === undefined ? '' : `  for ${printable(first.who)} (${describeDuration(first.ms)})${more}`;
    return `  ${describeDuration(lasted(wait)).padEnd(8)} ${printable(wait.who)}  ${printable(wait.resource)}  ${wait.outcome}${whom}`;
  });
  return ['', style('bold', `WAITED LONGEST (of ${waits.length})`), ...lines];
}

function holdLines(holds: readonly Hold[]): string[] {
  if (holds.length === 0) return [];
  const longest = [...holds].sort((a, b) => lasted(b) - lasted(a)).slice(0, MOST_WORDS);
  const lines = longest.map((hold) => {
    const purpose = hold.purpose === '' ? '' : `  "${printable(hold.purpose)}"`;
    const end = hold.end === 'held' ? 'still held' : hold.end;
    return `  ${describeDuration(lasted(hold)).padEnd(8)} ${printable(hold.who)}  ${printable(hold.resource)}  ${end}${purpose}`;
  });
  return ['', style('bold', `HELD LONGEST (of ${holds.length})`), ...lines];
}

function lasted({ startMs, endMs }: { readonly startMs: number; readonly endMs: number }): number {
  return endMs - startMs;
}

function markLines({ marks }: Timeline, offsetMs: number): string[] {
  if (marks.length === 0) return [];
  const shown = marks.slice(-MOST_WORDS);
  return [
    '',
    style('bold', shown.length < marks.length ? `THE DAEMON (last ${shown.length} of ${marks.length})` : 'THE DAEMON'),
    ...shown.map(({ atMs, text }) => `  ${localTime(atMs, offsetMs)}  ${printable(text)}`),
  ];
}
