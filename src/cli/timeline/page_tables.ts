import { describeDuration } from '@tenure/client/duration-text';
import { localTime } from './chart_text.js';
import { Html, html } from './html_rules.js';
import type { Timeline } from './timeline.js';

/** Rows of one table; the chart has them all. */
const MOST_ROWS = 1_000;

/** The same in words: who waited for whom, who held what, what ran. */
export function pageTables({ waits, holds, runs, marks }: Timeline, offsetMs: number): readonly Html[] {
  const clock = (ms: number): string => localTime(ms, offsetMs);
  return [
    table(
      'Waits',
      ['Waited', 'Who', 'For what', 'From', 'Outcome', 'For whom'],
      [...waits]
        .sort((a, b) => b.endMs - b.startMs - (a.endMs - a.startMs))
        .map((wait) => [
          describeDuration(wait.endMs - wait.startMs),
          wait.who,
          wait.resource,
          clock(wait.startMs),
          wait.outcome,
          wait.waitedFor
            .slice(0, 5)
            .map(({ who, ms }) => `${who} (${describeDuration(ms)})`)
            .join(', '),
        ]),
    ),
    table(
      'Leases',
      ['Held', 'Who', 'What', 'From', 'How it ended', 'Why'],
      [...holds]
        .sort((a, b) => b.endMs - b.startMs - (a.endMs - a.startMs))
        .map((hold) => [
          describeDuration(hold.endMs - hold.startMs),
          hold.who,
          hold.resource,
          clock(hold.startMs),
          hold.end === 'held' ? 'still held' : hold.end,
          hold.purpose,
        ]),
    ),
    table(
      'Sessions and tasks',
      ['Ran', 'What', 'About', 'From', 'Outcome', 'Id'],
      runs.map((run) => [
        describeDuration(run.endMs - run.startMs),
        run.name,
        run.about,
        clock(run.startMs),
        run.outcome,
        run.id,
      ]),
    ),
    table(
      'The daemon',
      ['When', 'What'],
      marks.map(({ atMs, text }) => [clock(atMs), text]),
    ),
  ];
}

function table(title: string, columns: readonly string[], rows: readonly (readonly string[])[]): Html {
  if (rows.length === 0) return new Html('');
  const shown = rows.slice(0, MOST_ROWS);
  const more = shown.length < rows.length ? html`<p class="soft">and ${rows.length - shown.length} more</p>` : '';
  return html`<h2>${title}</h2>
<details${new Html(rows.length <= 30 ? ' open' : '')}><summary class="soft">${rows.length}</summary>
<div class="scroll"><table><thead><tr>${columns.map((column) => html`<th>${column}</th>`)}</tr></thead><tbody>
${shown.map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody></table></div>${more}</details>
`;
}
