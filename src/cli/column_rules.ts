/** Blanks between two columns. */
export const GAP = 2;

/** What decides about the width of a column. */
export interface Column {
  readonly title: string;
  /** Below this it is of no use. */
  readonly least: number;
  /** More than this it never takes. */
  readonly most: number;
  /** Where not all fit, those of the lowest rank go first. */
  readonly rank: number;
  readonly align?: 'right';
}

/**
 * The width of each column, 0 for one that is left out: because it has
 * nothing to show, or because the others need the room more.
 *
 * @param natural what the widest cell of each takes; 0 where all are empty.
 */
export function columnWidths(columns: readonly Column[], natural: readonly number[], width: number): number[] {
  const wanted = columns.map(({ title, most }, index) => {
    const content = natural[index] ?? 0;
    return content === 0 ? 0 : Math.min(most, Math.max(content, title.length));
  });
  const least = columns.map((column, index) => Math.min(column.least, wanted[index] ?? 0));
  const kept = new Set(columns.keys());
  for (const index of columns.keys()) if (wanted[index] === 0) kept.delete(index);
  const needed = (): number =>
    [...kept].reduce((sum, index) => sum + (least[index] ?? 0), 0) + GAP * Math.max(0, kept.size - 1);
  while (kept.size > 1 && needed() > width) {
    const [lowest] = [...kept].sort((a, b) => (columns[a]?.rank ?? 0) - (columns[b]?.rank ?? 0));
    if (lowest === undefined) break;
    kept.delete(lowest);
  }
  const widths = columns.map((_, index) => (kept.has(index) ? (least[index] ?? 0) : 0));
  for (let left = width - needed(); left > 0; left -= 1) {
    // To the column that lacks the most.
    const [neediest] = [...kept].sort((a, b) => lack(wanted, widths, b) - lack(wanted, widths, a));
    if (neediest === undefined || lack(wanted, widths, neediest) <= 0) break;
    widths[neediest] = (widths[neediest] ?? 0) + 1;
  }
  return widths.map((given) => Math.max(0, Math.min(given, width)));
}

function lack(wanted: readonly number[], widths: readonly number[], index: number): number {
  return (wanted[index] ?? 0) - (widths[index] ?? 0);
}
