import { printable, style } from '../style.js';

/** pino's levels. */
const LEVELS: ReadonlyMap<number, string> = new Map([
  [10, 'trace'],
  [20, 'debug'],
  [30, 'info'],
  [40, 'warn'],
  [50, 'error'],
  [60, 'fatal'],
]);

/** Said once by `tenure daemon status`, not on every line. */
const LEFT_OUT = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'v']);

/** `12:04:05.120 info  lease acquired  resource=nightly`; what is no JSON object stays as it is. */
export function describeLogLine(line: string): string {
  const fields = parse(line);
  if (fields === undefined) return printable(line);
  const level = LEVELS.get(Number(fields.get('level'))) ?? String(fields.get('level') ?? '');
  const rest = [...fields]
    .filter(([name]) => !LEFT_OUT.has(name))
    .map(
      ([name, value]) => `${printable(name)}=${typeof value === 'string' ? printable(value) : JSON.stringify(value)}`,
    );
  const words = [describeTime(fields.get('time')), describeLevel(level), printable(String(fields.get('msg') ?? ''))];
  return [...words, ...(rest.length > 0 ? [style('dim', rest.join(' '))] : [])].join('  ');
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
