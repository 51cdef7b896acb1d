import { setTimeout as delay } from 'node:timers/promises';
import { errnoOf } from '../../os/errno.js';
import { isStopped } from '../../os/process_facts.js';
import type { ProcessIdentity } from '../../os/process_identity.js';
import type { ProcessWatch } from '../../os/process_watch.js';

/** Pause between two looks. What is ended has children of its own, and some of them only then come to light. */
const LOOK_AGAIN_MS = 50;

export interface StopTerms {
  /** When what still lives is killed, on the monotonic clock. It may come nearer meanwhile. */
  readonly killAtMs: () => number;
  readonly monotonicMs: () => number;
  readonly watch: Pick<ProcessWatch, 'isAlive' | 'signal'>;
  /** Who is to hear TERM, as things stand; the others end with one that does. Undefined: all. */
  readonly hearsTerm?: ((one: ProcessIdentity) => boolean) | undefined;
  /** Gives up: what lives then goes on. */
  readonly signal?: AbortSignal;
}

/**
 * Ends all that a look shows, until one shows nothing any more: TERM, grace,
 * KILL. What comes to light while one that was asked still lives may be what
 * that one cleans up with: it is asked when that one is gone. Answers how many
 * processes there were.
 */
export async function endAll(
  look: () => Promise<readonly ProcessIdentity[]>,
  { killAtMs, monotonicMs, watch, hearsTerm = () => true, signal }: StopTerms,
): Promise<number> {
  const seen = new Set<string>();
  const told = new Set<string>();
  /** Another user's by now, by sudo or the like: not ours to end. */
  const beyond = new Set<string>();
  /** Those that were there when nobody who had been asked lived any more: they are asked now. */
  let round = new Set<string>();
  for (;;) {
    const found = await look();
    if (signal?.aborted === true) break;
    const living = found.filter((one) => !beyond.has(keyOf(one)) && watch.isAlive(one));
    if (living.length === 0) break;
    const overdue = monotonicMs() >= killAtMs();
    if (!living.some((one) => told.has(keyOf(one)))) round = new Set(living.map(keyOf));
    for (const one of living) {
      const key = keyOf(one);
      seen.add(key);
      // Told once to end; told as often as is needed to be gone.
      if (!overdue && (told.has(key) || !round.has(key) || !hearsTerm(one))) continue;
      told.add(key);
      if (!tell(one, overdue ? ['SIGKILL'] : endSignals(one), watch)) beyond.add(key);
    }
    await delay(LOOK_AGAIN_MS);
  }
  return seen.size - beyond.size;
}

/** What is stopped acts on TERM once it is continued. Nothing else is: it would hear of that for nothing. */
function endSignals({ pid }: ProcessIdentity): readonly NodeJS.Signals[] {
  return isStopped(pid) ? ['SIGTERM', 'SIGCONT'] : ['SIGTERM'];
}

/** False: the kernel does not let us. */
function tell(one: ProcessIdentity, signals: readonly NodeJS.Signals[], watch: StopTerms['watch']): boolean {
  try {
    for (const signal of signals) watch.signal(one, signal);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EPERM') return false;
    throw error;
  }
}

function keyOf({ pid, startTicks }: ProcessIdentity): string {
  return `${pid}.${startTicks}`;
}
