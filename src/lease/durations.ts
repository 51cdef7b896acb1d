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

export function durationOfMs(ms: number): Duration {
  const clamped = Math.max(0, ms);
  const seconds = Math.floor(clamped / 1000);
  return { seconds: BigInt(seconds), nanos: Math.round((clamped - seconds * 1000) * 1e6) % 1e9 };
}

export function timestampOfMs(wallMs: number): Timestamp {
  const seconds = Math.floor(wallMs / 1000);
  return { seconds: BigInt(seconds), nanos: Math.floor((wallMs - seconds * 1000) * 1e6) };
}
