/** A variable of an env file. */
export interface DotenvEntry {
  readonly name: string;
  readonly value: string;
  /** Where it begins, from 1. */
  readonly line: number;
}

export interface DotenvContents {
  readonly entries: readonly DotenvEntry[];
  /** What could not be read, each with its line; never a value. */
  readonly faults: readonly string[];
}

const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([^\s=#'"`]+)[ \t]*=[ \t]*/;
/** What may follow a closing quote. */
const REST_OF_LINE = /^[ \t]*(?:#.*)?$/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$', '`': '`' };

/**
 * Reads env files: NAME=VALUE lines, with `export`, comments, and values in
 * quotes over any number of lines. In single quotes and backticks all stands
 * for itself; in double quotes \n, \r, \t, \", \\, \$ and \` are escapes.
 * Nothing is expanded. What shells and other readers take differently is a
 * fault: a wrong value would show only where it is used.
 */
export function readDotenv(text: string): DotenvContents {
  const lines = text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n/g, '\n')
    .split('\n');
  const entries: DotenvEntry[] = [];
  const faults: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (/^\s*(#|$)/.test(line)) continue;
    const match = ASSIGNMENT.exec(line);
    if (match === null) {
      faults.push(`line ${at + 1} is no NAME=VALUE`);
      continue;
    }
    const [assigned, name = ''] = match;
    const { length } = assigned;
    const quote = line[length] ?? '';
    const read = isQuote(quote) ? readQuoted(lines, at, length + 1, quote) : readPlain(line.slice(length));
    if ('fault' in read) faults.push(`line ${at + 1}: the value of ${name} ${read.fault}`);
    else entries.push({ name, value: read.value, line: at + 1 });
    at = read.lastLine ?? at;
  }
  return { entries, faults };
}

type Quote = '"' | "'" | '`';

function isQuote(character: string): character is Quote {
  return character === '"' || character === "'" || character === '`';
}

/** Of a value over several lines, where it ends. */
type Reading = ({ readonly value: string } | { readonly fault: string }) & { readonly lastLine?: number };

function readPlain(rest: string): Reading {
  const value = rest.replace(/(^|[ \t])#.*$/, '').trim();
  // To a shell this is a part of the value, to most other readers the start of a comment.
  if (value.includes('#')) return { fault: 'has a # in it; put it in quotes' };
  return { value };
}

function readQuoted(lines: readonly string[], firstLine: number, start: number, quote: Quote): Reading {
  let value = '';
  for (let at = firstLine; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    for (let index = at === firstLine ? start : 0; index < line.length; index += 1) {
      const character = line[index] ?? '';
      if (character === quote) {
        if (REST_OF_LINE.test(line.slice(index + 1))) return { value, lastLine: at };
        return { fault: `goes on after its closing ${quote}`, lastLine: at };
      }
      const escaped = quote === '"' && character === '\\' ? ESCAPES[line[index + 1] ?? ''] : undefined;
      value += escaped ?? character;
      if (escaped !== undefined) index += 1;
    }
    value += '\n';
  }
  // The lines below are read for themselves: the fault is most likely in this one.
  return { fault: `has no closing ${quote}` };
}
