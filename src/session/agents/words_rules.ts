import { isObject, textAt } from './json_rules.js';

const PROMPT_CHARACTERS = 200;
const DETAIL_CHARACTERS = 500;

/** A prompt as it is listed: its first words, on one line. */
export function firstWords(text: string): string {
  return onOneLine(text, PROMPT_CHARACTERS);
}

/** What went wrong, as it is listed. */
export function detailOf(text: string): string {
  return onOneLine(text, DETAIL_CHARACTERS);
}

/** What is longer ends in an ellipsis. Control characters would move a terminal's cursor. */
function onOneLine(text: string, length: number): string {
  // Four times as much, for what is only space; the rest is not looked at.
  const line = text
    .slice(0, length * 4)
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  const characters = [...line];
  if (characters.length <= length && text.length <= length * 4) return line;
  return `${characters
    .slice(0, length - 1)
    .join('')
    .trimEnd()}…`;
}

/** The text of a message's content: a text by itself, or a list of blocks. */
export function textOfContent(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  for (const block of content) {
    if (isObject(block) && textAt(block, 'text') !== '') return textAt(block, 'text');
  }
  return '';
}
