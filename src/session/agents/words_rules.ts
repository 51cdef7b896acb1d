import { isObject, textAt } from './json_rules.js';

const PROMPT_CHARACTERS = 200;
const DETAIL_CHARACTERS = 500;

/** A prompt or a title as it is listed: its first words, on one line. */
export function firstWords(text: string): string {
  return onOneLine(text, PROMPT_CHARACTERS);
}

/** What went wrong, as it is listed. */
export function detailOf(text: string): string {
  return onOneLine(text, DETAIL_CHARACTERS);
}

/** What is longer ends in an ellipsis. Control characters go: they would move a terminal's cursor. */
function onOneLine(text: string, length: number): string {
  // A text of megabytes is not gone through; four times as much leaves room for what is only space.
  const start = text.slice(0, length * 4);
  const line = start.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  const characters = [...line];
  if (characters.length <= length && start.length === text.length) return line;
  return `${characters
    .slice(0, length - 1)
    .join('')
    .trimEnd()}…`;
}

/** The texts of a message's content: a text by itself, or those among its blocks. */
export function textsOf(content: unknown): readonly string[] {
  if (typeof content === 'string') return [content];
  if (!Array.isArray(content)) return [];
  return content.filter(isObject).flatMap((block) => {
    const text = textAt(block, 'text');
    return text === '' ? [] : [text];
  });
}
