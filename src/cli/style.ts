const CODES = { bold: 1, dim: 2, inverse: 7, red: 31, green: 32, yellow: 33 } as const;

export type Style = keyof typeof CODES;

/** Colours only where a person looks, and never against NO_COLOR (https://no-color.org). */
export function style(name: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  const wanted = stream.isTTY === true && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
  return wanted ? `\x1b[${CODES[name]}m${text}\x1b[0m` : text;
}

/** The same of a text of several lines: each further one is indented, so that it passes for no line of ours. */
export function printableLines(text: string, indent = '  '): string {
  return text.trimEnd().split('\n').map(printable).join(`\n${indent}`);
}

/** Control characters could drive the terminal; line separators and marks of direction, make a line look like another. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** Text of others made safe to print. */
export function printable(text: string): string {
  return text.replace(UNSAFE, visible);
}

/** A character by its number: `\x1b`, `\u202e`. */
export function visible(character: string): string {
  const code = character.charCodeAt(0).toString(16);
  return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`;
}
