/** In milliseconds, some 24 days: Node fires a longer timer at once, here and in a daemon that is told of a deadline. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;
