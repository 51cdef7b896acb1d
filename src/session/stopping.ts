import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessIdentity } from '../os/process_identity.js';
import type { ProcessWatch } from '../os/process_watch.js';
import { processesOf } from './marked_processes.js';

/** Pause between two looks. What is ended has children of its own, and some of them only then come to light. */
const LOOK_AGAIN_MS = 50;

export interface StopOrder {
  readonly sessionId: string;
  /** The main process, where it lives. */
  readonly main: ProcessIdentity | undefined;
  readonly graceMs: number;
}

/** Ends everything that a session has started and nothing else: TERM, grace, KILL. Answers how many there were. */
export async function endProcesses(
  { sessionId, main, graceMs }: StopOrder,
  watch: Pick<ProcessWatch, 'isAlive' | 'signal'>,
  monotonicMs: () => number,
): Promise<number> {
  const ended = new Set<string>();
  const deadline = monotonicMs() + graceMs;
  for (;;) {
    const living = (await processesOf(sessionId, main !== undefined && watch.isAlive(main) ? main : undefined)).filter(
      (one) => watch.isAlive(one),
    );
    if (living.length === 0) return ended.size;
    const overdue = monotonicMs() >= deadline;
    for (const one of living) {
      const key = `${one.pid}.${one.startTicks}`;
      // Told once to end; told as often as is needed to be gone.
      if (overdue) watch.signal(one, 'SIGKILL');
      else if (!ended.has(key)) {
        watch.signal(one, 'SIGTERM');
        // What is stopped acts on it once it is continued.
        watch.signal(one, 'SIGCONT');
      }
      ended.add(key);
    }
    await delay(LOOK_AGAIN_MS);
  }
}
