/** Of the kernel's start times, on all of Linux as user programs see it. */
const TICKS_PER_SECOND = 100;

/** Seconds since 1970 at which the machine booted, by the text of /proc/stat; it moves when the clock is set. */
export function bootSeconds(stat: string): number | undefined {
  const seconds = Number(/^btime (\d+)$/m.exec(stat)?.[1]);
  return Number.isSafeInteger(seconds) ? seconds : undefined;
}

/**
 * How far the wall clock has been set since a process began, in milliseconds,
 * positive for forward: by the time that it noted then, and the time that it
 * began by the clock of now. Good to a few seconds: processes take a moment to
 * look at the clock.
 */
export function clockSetMs(start: {
  readonly notedMs: number;
  readonly ticks: number;
  readonly bootSeconds: number;
}): number {
  return (start.bootSeconds + start.ticks / TICKS_PER_SECOND) * 1_000 - start.notedMs;
}
