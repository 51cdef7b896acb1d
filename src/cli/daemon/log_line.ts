import { printable, printableLines, style } from '../style.js';

/** In a column of their own, or said by `tenure daemon status`. */
const LEFT_OUT = new Set(['level', 'time', 'msg', 'pid']);

/** `2026-08-10 12:04:05.120  info   lease.revoked  resource=nightly`; what is no JSON object stays as it is. */
export function describeLogLine(line: string): string {
  const fields = parse(line);
  if (fields === undefined) return printable(line);
  const said = String(fields.get('msg') ?? '');
  const message = printableLines(said, '    ');
  const words = [describeTime(fields.get('time')), describeLevel(String(fields.get('level') ?? '')), message];
  const details = [...fields].filter(([name, value]) => !LEFT_OUT.has(name) && value !== said).flatMap(describeField);
  return [...words, ...(details.length > 0 ? [style('dim', details.join(' '))] : [])].join('  ');
}

/** An object's fields stand for themselves, one level deep. */
function describeField([name, value]: readonly [string, unknown]): string[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value).map(([inner, each]) => `${printable(inner)}=${describeValue(each)}`);
  }
  return [`${printable(name)}=${describeValue(value)}`];
}

function describeValue(value: unknown): string {
  return typeof value === 'string' ? printableLines(value, '    ') : JSON.stringify(value);
}

function parse(line: string): Map<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null ? new Map(Object.entries(parsed)) : undefined;
  } catch {
    return undefined;
  }
}

/** Local time; epoch milliseconds and ISO 8601 both occur. */
function describeTime(time: unknown): string {
  const date = new Date(typeof time === 'number' || typeof time === 'string' ? time : Number.NaN);
  if (Number.isNaN(date.getTime())) return '-'.padEnd('yyyy-mm-dd hh:mm:ss.mmm'.length);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

function describeLevel(level: string): string {
  const padded = level.padEnd(5);
  if (level === 'warn') return style('yellow', padded);
  return level === 'error' || level === 'fatal' ? style('red', padded) : padded;
}
