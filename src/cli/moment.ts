import { readDuration } from '@tenure/client/duration-text';
import { UsageFailure } from './failure.js';
import type { Timestamp } from './json_values.js';

/** A day, with or without a time, with or without an offset. */
const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/;

/** Milliseconds since 1970 of `1h` (ago), `2026-05-01` or `2026-05-01T12:30`, which are local, or one with an offset. */
export function readMoment(text: string, nowMs: number): number | undefined {
  const ago = readDuration(text);
  if (ago !== undefined) return nowMs - ago;
  if (!ISO.test(text)) return undefined;
  // A bare day would be one of UTC, other than the same day with a time.
  const time = new Date(text.includes('T') ? text : `${text}T00:00`).getTime();
  return Number.isNaN(time) ? undefined : time;
}

/** For an option that wants a moment. */
export function parseMoment(text: string): number {
  const moment = readMoment(text, Date.now());
  if (moment === undefined) {
    throw new UsageFailure(`'${text}' is no moment; write how long ago, like 1h, or a time, like 2026-05-01T12:30`);
  }
  return moment;
}

export function timestampOf(milliseconds: number): Timestamp {
  const seconds = Math.floor(milliseconds / 1_000);
  return { seconds: BigInt(seconds), nanos: (milliseconds - seconds * 1_000) * 1_000_000 };
}
