import { type CronTerms, nextDue } from './cron_rules.js';

const MINUTE_MS = 60_000;

/** Up to so late it is launched all the same: a busy machine, a short sleep, a look that came late. */
export const LATEST_MS = 2 * MINUTE_MS;

/** The wall clock may be set, and timers stand still while the machine sleeps: it is looked at so often at least. */
export const LOOK_MS = MINUTE_MS / 2;

/** A clock set back by less repeats nothing: its hours come twice, what was due in them is launched once. */
const SET_BACK_MS = 180 * MINUTE_MS;

/** Nobody reads a longer list, and counting takes time. */
const MOST_COUNTED = 100;

/** Times at which nobody was there. */
export interface Missed {
  readonly firstWallMs: number;
  readonly lastWallMs: number;
  /** MOST_COUNTED stands for that many or more. */
  readonly count: number;
}

/** What a look at the clock finds. */
export interface Due {
  /** The moment that is to be launched for; undefined: none. */
  readonly nowDue: number | undefined;
  /** Undefined: none. */
  readonly missed: Missed | undefined;
  /** All moments up to this one are settled now. */
  readonly settledWallMs: number;
}

/**
 * What has become due since all up to a moment was settled. The newest moment
 * is launched for where it is not too long ago; all others are missed.
 */
export function dueSince(terms: CronTerms, settledWallMs: number, nowWallMs: number): Due {
  const isSetBack = settledWallMs - nowWallMs > SET_BACK_MS;
  if (isSetBack) return { nowDue: undefined, missed: undefined, settledWallMs: nowWallMs };
  let first: number | undefined;
  let last: number | undefined;
  let count = 0;
  let nowDue: number | undefined;
  let settled = settledWallMs;
  for (;;) {
    const due = nextDue(terms, settled);
    if (due === undefined || due > nowWallMs) break;
    // What is beyond counting is passed over, but for what may be due still.
    settled = count < MOST_COUNTED ? due : Math.max(due, nowWallMs - LATEST_MS - 1);
    if (nowDue !== undefined || nowWallMs - due > LATEST_MS) {
      const passed = nowDue ?? due;
      first ??= passed;
      last = passed;
      count = Math.min(MOST_COUNTED, count + 1);
    }
    nowDue = nowWallMs - due > LATEST_MS ? undefined : due;
  }
  const missed =
    first === undefined || last === undefined ? undefined : { firstWallMs: first, lastWallMs: last, count };
  return { nowDue, missed, settledWallMs: settled };
}

/** How long until the next look, given when each schedule is due next. */
export function untilNextLookMs(dueWallMs: readonly number[], nowWallMs: number): number {
  const next = Math.min(...dueWallMs, nowWallMs + LOOK_MS);
  return Math.min(LOOK_MS, Math.max(1, Math.ceil(next - nowWallMs)));
}

/** `3 times from … to …`, in words that stand alone. */
export function describeMissed({ firstWallMs, lastWallMs, count }: Missed, why: string): string {
  const first = moment(firstWallMs);
  if (count === 1) return `it was due at ${first}, and ${why}`;
  const times = count === MOST_COUNTED ? `${count} times or more` : `${count} times`;
  return `it was due ${times} from ${first} to ${moment(lastWallMs)}, and ${why}`;
}

function moment(wallMs: number): string {
  return new Date(wallMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
