import { eastAsianWidth } from 'get-east-asian-width';

const PLAIN = /^[\x20-\x7e]*$/;
/**
 * Of emoji what is shown as one sign, though it is several characters: keycaps,
 * and pictures with a variation, a skin or others joined to them. Looking for
 * \p{RGI_Emoji} itself takes some 20 ms at first.
 */
const JOINED =
  /[#*\d]\ufe0f?\u20e3|\p{Extended_Pictographic}(?=\ufe0f|\u200d|\p{Emoji_Modifier})[\ufe0f\p{Emoji_Modifier}]?(?:\u200d\p{Extended_Pictographic}[\ufe0f\p{Emoji_Modifier}]?)*/gu;
/** What takes the place of the character before: marks, and the later parts of a Hangul syllable. */
const WITHIN =
  /[\p{Default_Ignorable_Code_Point}\p{Control}\p{Format}\p{Nonspacing_Mark}\p{Enclosing_Mark}\p{Surrogate}\u1160-\u11ff\ud7b0-\ud7ff]/gu;
const WIDE = '\u3000';
/** Made where one is needed: that takes some 10 ms. */
let graphemes: Intl.Segmenter | undefined;

/** Columns that a terminal takes for a text without escape codes. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const character of text.replace(JOINED, WIDE).replace(WITHIN, '')) {
    width += eastAsianWidth(character.codePointAt(0) ?? 0);
  }
  return width;
}

/** The beginning of a text that takes no more than so many columns; a cut shows. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width <= 0) return '';
  let left = width - 1;
  let kept = '';
  graphemes ??= new Intl.Segmenter();
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
