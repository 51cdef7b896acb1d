/** What an env file holds. */
export interface Dotenv {
  /** By name; of a name that is there twice, the last. */
  readonly values: ReadonlyMap<string, string>;
  /** Lines that could not be read, such as `line 3 has no closing "`; nothing of what stands in them. */
  readonly faults: readonly string[];
}

/** NAME= with what may stand around it. What follows is the value. */
const ASSIGNMENT = /[ \t]*(?:export[ \t]+)?([^\s=#'"`]+)[ \t]*=[ \t]*/y;
const EMPTY_OR_COMMENT = /[^\S\n]*(?:#[^\n]*)?(?:\n|$)/y;
/** Up to the closing quote, over any number of lines; then nothing but a comment may follow. */
const QUOTED_VALUES: Readonly<Record<string, RegExp>> = {
  "'": /'([^']*)'/y,
  '`': /`([^`]*)`/y,
  '"': /"((?:\\[nrt"\\$`]|\\(?![nrt"\\$`])|[^"\\])*)"/y,
};
const AFTER_QUOTE = /[ \t]*(?:#[^\n]*)?(?=\n|$)/y;
const ESCAPE = /\\([nrt"\\$`])/g;
const WHITE: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/**
 * Reads NAME=VALUE lines: with `export`, comments, and values in quotes over
 * any number of lines, with escapes in double quotes; nothing is expanded.
 * The dialect is that of `tenure secret import`: what other readers take in
 * different ways is a fault, not a guess.
 */
export function readDotenv(text: string): Dotenv {
  const whole = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const values = new Map<string, string>();
  const faults: string[] = [];
  let at = 0;
  let line = 1;
  while (at < whole.length) {
    const read = readLine(whole, at);
    if (read.kind === 'value') values.set(read.name, read.value);
    else if (read.kind === 'fault') faults.push(`line ${line} ${read.fault}`);
    line += whole.slice(at, read.end).split('\n').length - 1;
    at = read.end;
  }
  return { values, faults };
}

type Line = { readonly end: number } & (
  | { readonly kind: 'nothing' }
  | { readonly kind: 'value'; readonly name: string; readonly value: string }
  | { readonly kind: 'fault'; readonly fault: string }
);

function readLine(text: string, at: number): Line {
  const nothing = match(EMPTY_OR_COMMENT, text, at);
  if (nothing !== undefined) return { kind: 'nothing', end: at + nothing[0].length };
  const assignment = match(ASSIGNMENT, text, at);
  if (assignment === undefined) return { kind: 'fault', fault: 'is no NAME=VALUE', end: endOfLine(text, at) };
  const [before, name = ''] = assignment;
  const start = at + before.length;
  const quote = text[start] ?? '';
  const pattern = QUOTED_VALUES[quote];
  return pattern === undefined ? readPlain(text, start, name) : readQuoted(text, start, name, quote, pattern);
}

function readPlain(text: string, start: number, name: string): Line {
  const end = endOfLine(text, start);
  const value = text
    .slice(start, end)
    .replace(/(^|[ \t])#[^\n]*\n?$/, '')
    .trim();
  if (value.includes('#')) return { kind: 'fault', fault: 'has a # in its value; put that in quotes', end };
  return { kind: 'value', name, value, end };
}

function readQuoted(text: string, start: number, name: string, quote: string, pattern: RegExp): Line {
  const quoted = match(pattern, text, start);
  // The lines below are read for themselves: the fault is most likely in this one.
  if (quoted === undefined) return { kind: 'fault', fault: `has no closing ${quote}`, end: endOfLine(text, start) };
  const [all, inner = ''] = quoted;
  const closed = start + all.length;
  const end = endOfLine(text, closed);
  if (match(AFTER_QUOTE, text, closed) === undefined) {
    return { kind: 'fault', fault: `goes on after its closing ${quote}`, end };
  }
  return { kind: 'value', name, value: quote === '"' ? unescaped(inner) : inner, end };
}

function unescaped(inner: string): string {
  return inner.replace(ESCAPE, (_, character: string) => WHITE[character] ?? character);
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

/** Where the next line begins. */
function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}
