import type { Duration } from '@tenure/client/gen/google/protobuf/duration';
import type { Timestamp } from '@tenure/client/gen/google/protobuf/timestamp';

/** Longest duration that is taken: ten years. */
const MAX_MS = 10 * 365 * 24 * 3600 * 1000;

/** Milliseconds, rounded up so that nothing positive becomes 0; undefined where it is no duration in range. */
export function durationToMs(duration: Duration): number | undefined {
  const ms = Number(duration.seconds) * 1000 + Math.ceil(duration.nanos / 1e6);
  const sane = Math.abs(duration.nanos) < 1e9 && ms >= 0 && ms <= MAX_MS;
  return sane ? ms : undefined;
}

/** Whole milliseconds: more digits would be noise. */
export function durationOfMs(ms: number): Duration {
  const whole = Math.max(0, Math.floor(ms));
  const seconds = Math.floor(whole / 1000);
  return { seconds: BigInt(seconds), nanos: (whole - seconds * 1000) * 1e6 };
}

export function timestampOfMs(wallMs: number): Timestamp {
  const whole = Math.floor(wallMs);
  const seconds = Math.floor(whole / 1000);
  return { seconds: BigInt(seconds), nanos: (whole - seconds * 1000) * 1e6 };
}
