import { readDuration } from '@tenure/client/duration-text';
import { InvalidArgumentError } from 'commander';

const EXAMPLES = 'write it like 500ms, 30s, 5m, 2h or 1d';

/** For an option that wants a duration; commander puts the option's name before the error. */
export function parseDuration(text: string): number {
  return durationOf(text, EXAMPLES);
}

/** For `--wait`. */
export function parseWait(text: string): number | 'forever' {
  return text === 'forever' ? 'forever' : durationOf(text, `${EXAMPLES}, or forever`);
}

/** What is left of a wait after so many milliseconds of it. */
export function waitAfter(wait: number | 'forever' | undefined, passedMs: number): number | 'forever' | undefined {
  return typeof wait === 'number' ? Math.max(0, wait - Math.round(passedMs)) : wait;
}

function durationOf(text: string, examples: string): number {
  const milliseconds = readDuration(text);
  if (milliseconds === undefined) throw new InvalidArgumentError(`It is no duration; ${examples}`);
  return milliseconds;
}
