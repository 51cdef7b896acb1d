import { createHash } from 'node:crypto';
import { describeDuration } from '@tenure/client/duration-text';
import { localTime } from './chart_text.js';
import { Html, html } from './html_rules.js';
import { type Track, tracksOf } from './lane_rules.js';
import { PAGE_SCRIPT } from './page_script.js';
import { PAGE_STYLE } from './page_style.js';
import { pageTables } from './page_tables.js';
import { STEPS } from './tick_rules.js';
import type { Hold, Run, Timeline, Wait } from './timeline.js';

/** A bar needs about so much of the whole for words to be read in it. */
const READABLE = 0.04;

/** One page with all in it: it asks for nothing from anywhere, and is told to. */
export function timelinePage(timeline: Timeline, offsetMs: number): string {
  const { fromMs, toMs } = timeline;
  const title = `${localTime(fromMs, offsetMs)} to ${localTime(toMs, offsetMs)}`;
  const tracks = tracksOf(timeline);
  const hash = createHash('sha256').update(PAGE_SCRIPT).digest('base64');
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  // Numbers alone.
  const scale = new Html(JSON.stringify({ from: fromMs, to: toMs, steps: STEPS }));
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tenure timeline, ${title}</title>
<style>${new Html(PAGE_STYLE)}</style>
</head>
<body>
<h1>Tenure timeline</h1>
<p class="soft">${title} (${describeDuration(toMs - fromMs)}); ${summary(timeline)}</p>
${timeline.notes.map((note) => html`<p class="soft">${note}</p>\n`)}
<div class="bar-of-tools">
<button id="out" type="button" title="zoom out (-)">&minus;</button><button id="in" type="button" title="zoom in (+, or Ctrl and the wheel)">+</button><button id="whole" type="button" title="everything (0)">all</button>
<input id="filter" type="search" placeholder="filter" aria-label="filter rows by words">
<div class="legend">${LEGEND}${timeline.marks.length > 0 ? MARK_LEGEND : ''}</div>
</div>
<div class="chart"><div class="sheet">
<div class="row axis"><div class="label"></div><div class="track"></div></div>
<div class="grid">${timeline.marks.map(({ atMs, text }) => html`<i class="mark" style="left:${at(timeline, atMs)}" title="${text}"></i>`)}</div>
${tracks.length === 0 ? html`<div class="none">Nothing was held, and nothing ran.</div>` : groups(tracks, timeline, offsetMs)}
</div></div>
${pageTables(timeline, offsetMs)}
<div id="tip" role="status"></div>
<script type="application/json" id="scale">${scale}</script>
<script>${new Html(PAGE_SCRIPT)}</script>
</body>
</html>
`;
  return page.text;
}

const LEGEND: readonly Html[] = (
  [
    ['held', 'held'],
    ['shared', 'held, shared'],
    ['draining', 'ended, its processes still ran'],
    ['waited', 'waited'],
    ['good', 'ran well'],
    ['bad', 'failed'],
    ['going', 'still runs'],
  ] as const
).map(
  ([name, text]) =>
    html`<span><i class="${name}" style="background:${name === 'draining' ? '' : 'var(--tone)'}"></i>${text}</span>`,
);

const MARK_LEGEND = html`<span><i style="width:2px;background:var(--bad)"></i>the daemon started, stopped or stood still</span>`;

function summary({ holds, waits, runs }: Timeline): string {
  const sessions = runs.filter(({ kind }) => kind === 'session').length;
  const parts = [
    [holds.length, 'lease'],
    [waits.length, 'wait'],
    [sessions, 'session'],
    [runs.length - sessions, 'task run'],
  ] as const;
  return parts.map(([count, word]) => `${count} ${word}${count === 1 ? '' : 's'}`).join(', ');
}

const GROUPS = [
  ['resource', 'Leases'],
  ['session', 'Sessions'],
  ['task', 'Tasks'],
] as const;

function groups(tracks: readonly Track[], timeline: Timeline, offsetMs: number): Html[] {
  return GROUPS.flatMap(([kind, title]) => {
    const ofKind = tracks.filter((track) => track.kind === kind);
    if (ofKind.length === 0) return [];
    const head = html`<div class="row group"><div class="label">${title}</div><div class="track"></div></div>\n`;
    return [head, ...ofKind.map((track) => row(track, timeline, offsetMs))];
  });
}

function row({ name, aside, holds, waits, runs }: Track, timeline: Timeline, offsetMs: number): Html {
  const people = [...holds.flat(), ...waits.flat()].map(({ who, clientId }) => `${who} ${clientId}`);
  const abouts = runs.flat().map((run) => `${run.name} ${run.about} ${run.outcome}`);
  const words = [name, aside, ...new Set([...people, ...abouts])].join(' ').toLowerCase();
  const beside = aside === '' ? '' : html` <span>${aside}</span>`;
  return html`<div class="row" data-words="${words}"><div class="label" title="${name}"><b>${name}</b>${beside}</div><div class="track">${[
    ...holds.map((lane) => html`<div class="lane">${lane.flatMap((hold) => holdBars(hold, timeline, offsetMs))}</div>`),
    ...waits.map((lane) => html`<div class="lane thin">${lane.map((wait) => waitBar(wait, timeline, offsetMs))}</div>`),
    ...runs.map((lane) => html`<div class="lane">${lane.map((run) => runBar(run, timeline, offsetMs))}</div>`),
  ]}</div></div>\n`;
}

function holdBars(hold: Hold, timeline: Timeline, offsetMs: number): Html[] {
  const { who, resource, leaseId, clientId, purpose, startMs, endMs, drainedMs, end, waitedMs, mode } = hold;
  const still = end === 'held' ? ' open' : '';
  const tip = [
    `${resource}, ${mode}`,
    who,
    purpose === '' ? '' : `“${purpose}”`,
    `${span(startMs, endMs, offsetMs)}, ${end === 'held' ? 'still held' : end}`,
    waitedMs > 0 ? `waited for ${describeDuration(waitedMs)} before` : '',
    drainedMs > endMs ? `its processes ran on for ${describeDuration(drainedMs - endMs)}` : '',
    `lease ${leaseId}, client ${clientId}`,
  ];
  const bars = [bar(`${mode === 'shared' ? 'shared' : 'held'}${still}`, startMs, endMs, timeline, who, tip)];
  if (drainedMs > endMs) bars.push(bar('draining', endMs, drainedMs, timeline, '', tip));
  return bars;
}

function waitBar(
  { resource, who, startMs, endMs, outcome, waitedFor }: Wait,
  timeline: Timeline,
  offsetMs: number,
): Html {
  const whom = waitedFor.map((one) => `for ${one.who}: ${describeDuration(one.ms)}`);
  const tip = [`${who} waited for ${resource}`, `${span(startMs, endMs, offsetMs)}, ${outcome}`, ...whom.slice(0, 8)];
  return bar('waited', startMs, endMs, timeline, '', tip);
}

function runBar({ id, name, about, startMs, endMs, outcome, tone }: Run, timeline: Timeline, offsetMs: number): Html {
  const tip = [`${name} ${id}`, about, `${span(startMs, endMs, offsetMs)}, ${outcome}`];
  return bar(
    `${tone}${tone === 'going' ? ' open' : ''}`,
    startMs,
    endMs,
    timeline,
    about === '' ? outcome : about,
    tip,
  );
}

function span(startMs: number, endMs: number, offsetMs: number): string {
  const clock = (ms: number): string => localTime(ms, offsetMs);
  return `${clock(startMs)} to ${clock(endMs).slice(11)} (${describeDuration(endMs - startMs)})`;
}

function bar(
  kind: string,
  startMs: number,
  endMs: number,
  timeline: Timeline,
  text: string,
  tip: readonly string[],
): Html {
  const first = Math.max(timeline.fromMs, startMs);
  const last = Math.max(first, Math.min(timeline.toMs, endMs));
  const part = (last - first) / (timeline.toMs - timeline.fromMs);
  const words = tip.filter((line) => line !== '').join('\n');
  const inner = text !== '' && part >= READABLE ? html`<span>${text}</span>` : '';
  return html`<div class="bar ${kind}" tabindex="0" style="left:${at(timeline, first)};width:${percent(part)}" title="${words}">${inner}</div>`;
}

function at({ fromMs, toMs }: Timeline, ms: number): string {
  return percent((ms - fromMs) / (toMs - fromMs));
}

function percent(part: number): string {
  return `${Number((part * 100).toFixed(4))}%`;
}
