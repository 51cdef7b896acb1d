/** A run of this length, in milliseconds, has settled: should it crash later, that is the first crash of a new row. */
export const SETTLED_MS = 5 * 60_000;

/** Crashes in a row that are no accident any more. */
export const MANY_CRASHES = 3;

const FIRST_HOLD_BACK_MS = 5_000;
const LONGEST_HOLD_BACK_MS = 5 * 60_000;

/**
 * How long after its own start a run that crashes is not started again by
 * clients, in milliseconds: the first crashes cost nothing, a loop of them ever
 * more. `before` is how many runs have crashed in a row before it.
 */
export function holdBackMs(before: number): number {
  const crashes = before + 1;
  if (crashes < MANY_CRASHES) return 0;
  return Math.min(FIRST_HOLD_BACK_MS * 2 ** (crashes - MANY_CRASHES), LONGEST_HOLD_BACK_MS);
}
