import type { LaunchSessionFields } from '@tenure/client';
import { UsageFailure } from '../failure.js';

/** A message to the daemon has at most 1 MiB; some of it is for what stands between these. */
const MOST_BYTES = 1_000_000;

/** Refuses what would not fit, in words that say what is too large. */
export function checkRequestSize({ prompt, environment, command }: LaunchSessionFields): void {
  const promptBytes = Buffer.byteLength(prompt ?? '');
  const words = [...(environment ?? []), ...(command ?? [])].flat();
  const otherBytes = words.reduce((sum, word) => sum + Buffer.byteLength(word) + 4, 0);
  if (promptBytes + otherBytes <= MOST_BYTES) return;
  throw new UsageFailure(
    `the prompt (${promptBytes} bytes), the environment and the arguments (${otherBytes} bytes) are more than ${MOST_BYTES} bytes`,
    'put what is long into a file, and name it in the prompt',
  );
}
