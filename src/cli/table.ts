import { widthOf } from './text_width.js';

/** Columns that a terminal shows: escape codes take none. */
function width(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes that style() writes.
  return widthOf(text.replace(/\x1b\[[0-9;]*m/g, ''));
}

/** Rows with aligned columns, two blanks apart, nothing after the last. */
export function table(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => width(row[column] ?? ''))),
  );
  const pad = (cell: string, column: number) => cell + ' '.repeat((widths[column] ?? 0) - width(cell));
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}
