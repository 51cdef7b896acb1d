import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter();
const PLAIN = /^[\x20-\x7e]*$/;

/** Columns that a terminal takes for a text without escape codes. */
export function widthOf(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text);
}

/** The beginning of a text that takes no more than so many columns; a cut shows. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width <= 0) return '';
  let left = width - 1;
  let kept = '';
  for (const { segment } of graphemes.segment(text)) {
    left -= widthOf(segment);
    if (left < 0) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** A text that takes exactly so many columns. */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const shown = cut(text, width);
  const blanks = ' '.repeat(Math.max(0, width - widthOf(shown)));
  return align === 'left' ? shown + blanks : blanks + shown;
}

/** A line broken between words so that none takes more columns; what it begins with, blanks, begins each. */
export function wrap(line: string, width: number): string[] {
  if (widthOf(line) <= width) return [line];
  const indent = /^ */.exec(line)?.[0] ?? '';
  const lines: string[] = [];
  let current = indent;
  for (const word of line.slice(indent.length).split(' ')) {
    const longer = current.trim() === '' ? indent + word : `${current} ${word}`;
    if (widthOf(longer) <= width || current.trim() === '') {
      current = longer;
      continue;
    }
    lines.push(cut(current, width));
    current = indent + word;
  }
  return [...lines, cut(current, width)];
}
