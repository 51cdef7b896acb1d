import type { Duration } from '@tenure/client/gen/google/protobuf/duration';
import type { Timestamp } from '@tenure/client/gen/google/protobuf/timestamp';

function split(milliseconds: number): { seconds: bigint; nanos: number } {
  const micros = Math.round(milliseconds * 1_000);
  const seconds = Math.floor(micros / 1_000_000);
  return { seconds: BigInt(seconds), nanos: (micros - seconds * 1_000_000) * 1_000 };
}

/** A span of time, not negative, to the microsecond. */
export function toDuration(milliseconds: number): Duration {
  return split(Math.max(0, milliseconds));
}

/** A moment on the wall clock, in milliseconds since 1970. */
export function toTimestamp(wallMs: number): Timestamp {
  return split(wallMs);
}

export function fromDuration(duration: Duration): number {
  return Number(duration.seconds) * 1_000 + duration.nanos / 1_000_000;
}
