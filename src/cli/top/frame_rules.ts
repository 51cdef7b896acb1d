import { type Column, columnWidths, GAP } from '../column_rules.js';
import type { Style } from '../style.js';
import { cut, fit, widthOf } from '../text_width.js';
import type { Row } from './rows.js';

/** A piece of a line, without escape codes. */
export interface Span {
  readonly text: string;
  readonly tone?: Style | undefined;
}

export type Line = readonly Span[];

/** A list, with what stands above it. */
export interface Section {
  readonly title: string;
  /** What stands beside the title: how it is sorted, what is left out. */
  readonly aside: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** What to say where there is no row. */
  readonly empty: string;
  /** The row of the cursor; undefined where this list has none. */
  readonly selected: number | undefined;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Title and column titles. */
const SECTION_HEAD = 2;
const LEAST_ROWS = 2;
/** The cursor's own column. */
const CURSOR = 2;

/** What stands on the screen: at most as many lines as there are rows, none wider than it is. */
export function frame(
  top: readonly Line[],
  sections: readonly Section[],
  footer: Line | undefined,
  size: Size,
): Line[] {
  const header = fitHeader(top, size.rows - SECTION_HEAD - LEAST_ROWS - (footer === undefined ? 0 : 1));
  const roomFor = (count: number): number =>
    size.rows - header.length - count * SECTION_HEAD - (count - 1) - (footer === undefined ? 0 : 1);
  // Where they would have next to nothing each, the list of the cursor is shown alone.
  const isTight = roomFor(sections.length) < sections.length * LEAST_ROWS;
  const current = sections.filter(({ selected }) => selected !== undefined);
  const shown = isTight && current.length > 0 ? current.map((one) => alone(one, sections)) : sections;
  const shares = shareRows(
    shown.map(({ rows }) => Math.max(1, rows.length)),
    roomFor(shown.length),
  );
  const lines = header.map((line) => cutLine(line, size.columns));
  for (const [index, section] of shown.entries()) {
    if (index > 0) lines.push([]);
    lines.push(...sectionLines(section, shares[index] ?? 0, size.columns));
  }
  if (footer === undefined) return lines;
  const body = lines.slice(0, size.rows - 1);
  while (body.length < size.rows - 1) body.push([]);
  return [...body, cutLine(footer, size.columns)];
}

/** What stands above the lists leaves them some room, and says what it leaves out. */
function fitHeader(header: readonly Line[], room: number): readonly Line[] {
  if (header.length <= room) return header;
  const words = header.filter((line) => line.length > 0);
  if (words.length <= room) return words;
  const kept = words.slice(0, Math.max(1, room - 1));
  return [...kept, [{ text: `and ${words.length - kept.length} more; make the terminal higher`, tone: 'yellow' }]];
}

/** A list that says which others there is no room for. */
function alone(section: Section, all: readonly Section[]): Section {
  const others = all.filter(({ title }) => title !== section.title).map(({ title }) => title.toLowerCase());
  if (others.length === 0) return section;
  const more = `Tab: ${others.join(', ')}`;
  return { ...section, aside: section.aside === '' ? more : `${more}; ${section.aside}` };
}

/** Rows for each list: what it needs, and where that is too much for all, an equal share of what is left. */
export function shareRows(wanted: readonly number[], room: number): number[] {
  const shares = wanted.map(() => 0);
  let left = Math.max(0, room);
  while (left > 0) {
    const lacking = wanted.flatMap((want, index) => ((shares[index] ?? 0) < want ? [index] : []));
    if (lacking.length === 0) break;
    const each = Math.max(1, Math.floor(left / lacking.length));
    for (const index of lacking) {
      const given = Math.min(each, (wanted[index] ?? 0) - (shares[index] ?? 0), left);
      shares[index] = (shares[index] ?? 0) + given;
      left -= given;
    }
  }
  return shares;
}

/** The first row of a list that is shown, so that the cursor is in sight, in the middle where it can be. */
export function firstShown(count: number, room: number, selected: number): number {
  return Math.max(0, Math.min(count - room, selected - Math.floor(room / 2)));
}

function sectionLines(section: Section, room: number, width: number): Line[] {
  const { title, aside, rows, columns, empty, selected } = section;
  const first = firstShown(rows.length, room, selected ?? 0);
  const shown = rows.slice(first, first + room);
  const part = shown.length < rows.length ? `${first + 1}-${first + shown.length} of ${rows.length}` : `${rows.length}`;
  const head: Line = [
    { text: `${title} ${part}`, tone: 'bold' },
    { text: aside === '' ? '' : `  ${aside}`, tone: 'dim' },
  ];
  if (rows.length === 0) return [cutLine(head, width), cutLine([{ text: `  ${empty}`, tone: 'dim' }], width)];
  // By all rows, so that columns stand still while one scrolls.
  const natural = columns.map((_, column) =>
    rows.reduce((most, { cells }) => Math.max(most, widthOf(cells[column]?.text ?? '')), 0),
  );
  const widths = columnWidths(columns, natural, width - CURSOR);
  const titles = columns.map((column) => ({ text: column.title, tone: 'dim' as const }));
  return [
    cutLine(head, width),
    rowLine(columns, widths, titles, '  '),
    ...shown.map((row, index) => {
      const isSelected = first + index === selected;
      const line = rowLine(columns, widths, row.cells, isSelected ? '> ' : '  ');
      return isSelected ? [{ text: fit(textOf(line), width), tone: 'inverse' as const }] : line;
    }),
  ];
}

function rowLine(columns: readonly Column[], widths: readonly number[], cells: readonly Span[], cursor: string): Line {
  const shown = columns.flatMap((column, index) => {
    const width = widths[index] ?? 0;
    if (width === 0) return [];
    const { text = '', tone } = cells[index] ?? {};
    return [{ text: fit(text, width, column.align), tone }];
  });
  const spans: Span[] = [{ text: cursor }];
  for (const [index, span] of shown.entries()) {
    if (index > 0) spans.push({ text: ' '.repeat(GAP) });
    spans.push(index === shown.length - 1 ? { ...span, text: span.text.trimEnd() } : span);
  }
  return spans;
}

export function textOf(line: Line): string {
  return line.map(({ text }) => text).join('');
}

export function cutLine(line: Line, width: number): Line {
  let left = width;
  const spans: Span[] = [];
  for (const span of line) {
    if (left <= 0) break;
    const text = cut(span.text, left);
    spans.push({ ...span, text });
    left -= widthOf(text);
  }
  return spans;
}
