import type { Lease } from '@tenure/client';

/** Types that the generated messages use, without naming their files. */
export type Timestamp = NonNullable<Lease['acquireTime']>;
export type Duration = NonNullable<Lease['ttl']>;

/** As proto3 JSON writes fractions of a second: none, or 3, 6 or 9 digits. */
function fraction(nanos: number): string {
  if (nanos === 0) return '';
  const digits = String(nanos).padStart(9, '0');
  return `.${digits.replace(/(000){1,2}$/, '')}`;
}

/** proto3 JSON: `60s`, `0.250s`. */
export function durationJson(duration: Duration): string {
  const sign = duration.seconds < 0n || duration.nanos < 0 ? '-' : '';
  const seconds = duration.seconds < 0n ? -duration.seconds : duration.seconds;
  return `${sign}${seconds}${fraction(Math.abs(duration.nanos))}s`;
}

/** proto3 JSON: RFC 3339 in UTC. */
export function timestampJson(timestamp: Timestamp): string {
  const whole = new Date(Number(timestamp.seconds) * 1_000).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
  return `${whole}${fraction(timestamp.nanos)}Z`;
}

/** An optional field: left out where it is unset. */
export function optional<V, J>(name: string, value: V | undefined, write: (value: V) => J): Record<string, J> {
  return value === undefined ? {} : { [name]: write(value) };
}

/** `HOLDER_GONE` of a generated enum as `holder-gone`; a number that this version does not know as itself. */
export function enumWord(names: Readonly<Record<string, number>>, value: number): string {
  const name = Object.keys(names).find((candidate) => names[candidate] === value);
  return name === undefined ? String(value) : name.toLowerCase().replaceAll('_', '-');
}
