import { setTimeout as delay } from 'node:timers/promises';
import { descendantsOf } from '../os/descendants.js';
import type { ProcessIdentity } from '../os/process_identity.js';
import type { ProcessWatch } from '../os/process_watch.js';

const LOOK_AGAIN_MS = 50;

/**
 * Ends a session that was found: its main process and what that has started,
 * listed before the first signal, for an orphan has no parent to be found by.
 */
export async function endFound(
  main: ProcessIdentity,
  graceMs: number,
  watch: Pick<ProcessWatch, 'isAlive' | 'signal'>,
  monotonicMs: () => number,
): Promise<number> {
  const deadline = monotonicMs() + graceMs;
  const all = new Map<number, ProcessIdentity>([[main.pid, main]]);
  const told = new Set<number>();
  for (;;) {
    for (const one of [...all.values()].filter((parent) => watch.isAlive(parent))) {
      for (const child of await descendantsOf(one.pid)) all.set(child.pid, child);
    }
    const living = [...all.values()].filter((one) => one.pid !== process.pid && watch.isAlive(one));
    if (living.length === 0) return told.size;
    const overdue = monotonicMs() >= deadline;
    for (const one of living) {
      if (overdue) watch.signal(one, 'SIGKILL');
      else if (!told.has(one.pid)) {
        watch.signal(one, 'SIGTERM');
        watch.signal(one, 'SIGCONT');
      }
      told.add(one.pid);
    }
    await delay(LOOK_AGAIN_MS);
  }
}
