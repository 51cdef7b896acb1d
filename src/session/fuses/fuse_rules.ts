/** What a fuse does when it goes off. */
export type FuseDeed =
  | { readonly kind: 'exec'; readonly command: string }
  | { readonly kind: 'webhook'; readonly url: string }
  | { readonly kind: 'stop-session' }
  | { readonly kind: 'event'; readonly event: string };

/** A fuse as its file keeps it. Never changed in place. */
export interface StoredFuse {
  readonly fuseId: string;
  /** Empty: it is about none. */
  readonly sessionId: string;
  /** Absolute; empty: it is about none. */
  readonly directory: string;
  readonly deed: FuseDeed;
  readonly fireWallMs: number;
  readonly setWallMs: number;
  readonly label: string;
}

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

export const SHORTEST_MS = SECOND_MS;
export const LONGEST_MS = 366 * DAY_MS;

/**
 * The wall clock, which somebody may set, and the sleep of the machine, in
 * which timers stand still, make a look too late by no more than this. It is
 * also far below what a timer of Node can count: 2^31 ms.
 */
const LOOK_AGAIN_MS = 60_000;

/** A file is named by it. */
const FUSE_ID = /^[a-z][a-z0-9]{3,31}$/;
const EVENT = /^fuse(\.[a-z][a-z0-9_]{0,31}){1,3}$/;

/** What is told of fuses themselves; nobody else's event may look like it. */
export const OWN_EVENTS = ['fuse.set', 'fuse.extended', 'fuse.cancelled', 'fuse.fired', 'fuse.delayed', 'fuse.damaged'];

export function isFuseId(text: string): boolean {
  return FUSE_ID.test(text);
}

/** Whether a fuse may emit an event of this name. */
export function isFreeEvent(name: string): boolean {
  return EVENT.test(name) && !OWN_EVENTS.includes(name);
}

export function isDue(fuse: StoredFuse, nowMs: number): boolean {
  return fuse.fireWallMs <= nowMs;
}

/** The next one first; of two at the same moment the one that was set first. */
export function byTime(one: StoredFuse, other: StoredFuse): number {
  return one.fireWallMs - other.fireWallMs || one.setWallMs - other.setWallMs || (one.fuseId < other.fuseId ? -1 : 1);
}

/**
 * How long until the next look; undefined: there is nothing to wait for. What
 * is due is looked for at once, unless it waits for something else already.
 */
export function untilNextLookMs(
  fuses: Iterable<StoredFuse>,
  nowMs: number,
  waits: (fuse: StoredFuse) => boolean,
): number | undefined {
  let wait: number | undefined;
  for (const fuse of fuses) {
    const untilDue = Math.max(1, Math.ceil(fuse.fireWallMs - nowMs));
    const own = isDue(fuse, nowMs) && waits(fuse) ? LOOK_AGAIN_MS : untilDue;
    wait = Math.min(wait ?? LOOK_AGAIN_MS, own);
  }
  return wait;
}

/** Of a session, of a directory, or of both; what is empty selects all. */
export function concerns(fuse: StoredFuse, sessionId: string, directory: string): boolean {
  return (sessionId === '' || fuse.sessionId === sessionId) && (directory === '' || fuse.directory === directory);
}
