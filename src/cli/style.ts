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

/** Text of others made safe to print: control characters could drive the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
