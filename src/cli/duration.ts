import { readDuration } from '@tenure/client/duration-text';
import { UsageFailure } from './failure.js';

/** For an option that wants a duration. */
export function parseDuration(text: string): number {
  const milliseconds = readDuration(text);
  if (milliseconds === undefined) {
    throw new UsageFailure(`'${text}' is no duration; write it like 500ms, 30s, 5m, 2h or 1d`);
  }
  return milliseconds;
}

/** For `--wait`. */
export function parseWait(text: string): number | 'forever' {
  return text === 'forever' ? 'forever' : parseDuration(text);
}
