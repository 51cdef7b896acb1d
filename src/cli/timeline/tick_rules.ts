const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Steps that people count in. */
export const STEPS: readonly number[] = [
  ...[1, 5, 10, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 28].map((count) => count * DAY),
];

/**
 * Round moments of local time between two, at most so many.
 *
 * @param offsetMs of local time from UTC.
 */
export function ticksOf(fromMs: number, toMs: number, most: number, offsetMs: number): number[] {
  const span = Math.max(1, toMs - fromMs);
  const step = STEPS.find((one) => span / one <= most) ?? Math.ceil(span / most / DAY) * DAY;
  const first = Math.ceil((fromMs + offsetMs) / step) * step - offsetMs;
  const ticks: number[] = [];
  for (let tick = first; tick <= toMs; tick += step) ticks.push(tick);
  return ticks;
}

/** As short as the distance of the ticks allows: `12:04:05`, `12:00`, `05-01 12:00`, `05-01`. */
export function tickLabel(tickMs: number, spanMs: number, offsetMs: number): string {
  const iso = new Date(tickMs + offsetMs).toISOString();
  const day = iso.slice('2026-'.length, '2026-05-01'.length);
  if (spanMs <= 5 * MINUTE) return iso.slice(11, 19);
  if (spanMs <= DAY + HOUR) return iso.slice(11, 16);
  return spanMs <= 8 * DAY ? `${day} ${iso.slice(11, 16)}` : day;
}
