import type { Duration } from './gen/google/protobuf/duration.js';
import type { Timestamp } from './gen/google/protobuf/timestamp.js';

const NANOS_PER_MILLI = 1_000_000;

/** A protobuf Duration of so many milliseconds, rounded to a microsecond. */
export function durationFromMillis(millis: number): Duration {
  if (!Number.isFinite(millis)) {
    throw new RangeError(`a duration must be a finite number of milliseconds, not ${millis}`);
  }
  const micros = Math.round(millis * 1000);
  const seconds = Math.trunc(micros / 1_000_000);
  return { seconds: BigInt(seconds), nanos: (micros - seconds * 1_000_000) * 1000 };
}

/** Milliseconds of a protobuf Duration, with fractions. */
export function durationToMillis(duration: Duration): number {
  return Number(duration.seconds) * 1000 + duration.nanos / NANOS_PER_MILLI;
}

/** A protobuf Timestamp of a Date. */
export function timestampFromDate(date: Date): Timestamp {
  const millis = date.getTime();
  const seconds = Math.floor(millis / 1000);
  return { seconds: BigInt(seconds), nanos: (millis - seconds * 1000) * NANOS_PER_MILLI };
}

/** The moment as a Date, cut to milliseconds. */
export function timestampToDate(timestamp: Timestamp): Date {
  return new Date(Number(timestamp.seconds) * 1000 + Math.floor(timestamp.nanos / NANOS_PER_MILLI));
}
