import { setTimeout as delay } from 'node:timers/promises';
import { findByEnvironment } from '../../os/descendants.js';
import type { LaunchedSession } from '../launched/launched_session.js';
import { SESSION_VARIABLE, sessionOf } from '../stopping/marked_processes.js';

/** A session, as far as it matters here. */
type One = Pick<LaunchedSession, 'phase'> & { readonly record: Pick<LaunchedSession['record'], 'sessionId'> };

/** Between two looks for those who must know: a process on its way from one program to the next shows no environment. */
const LOOK_AGAIN_MS = 50;

/**
 * What sessions that are over have left running: a tool shell, a server, the
 * agent itself whose wrapper was killed. It keeps their leases, so it is shown.
 */
export class LeftBehind {
  /** Of which nothing lives any more, by two looks: what is not there can start nothing. */
  readonly #empty = new WeakSet<One>();
  /** Of which one look has shown nothing: how many looks were over then. */
  readonly #emptyOnce = new WeakMap<One, number>();
  readonly #count: () => Promise<ReadonlyMap<string, number>>;
  /** By the last look since its end: what lived before it was not left behind. */
  readonly #counts = new WeakMap<One, number>();
  #looks = 0;

  /** @param count the processes of each session that has any. */
  constructor(count: () => Promise<ReadonlyMap<string, number>> = countMarked) {
    this.#count = count;
  }

  /** Looks again, where anything may be left; one look at all processes for all sessions. */
  async look(sessions: Iterable<One>): Promise<void> {
    const unsure = [...sessions].filter((session) => this.#isUnsure(session));
    if (unsure.length === 0) return;
    const looksBefore = this.#looks;
    const counts = await this.#count();
    this.#looks += 1;
    for (const session of unsure) {
      this.#counts.set(session, counts.get(session.record.sessionId) ?? 0);
      this.#judge(session, looksBefore);
    }
  }

  /** As last seen; 0 for one that is not over, or has not been looked at since. */
  countOf(session: One): number {
    if (!this.#isUnsure(session)) return 0;
    return this.#counts.get(session) ?? 0;
  }

  /** Those of which something still runs, for who is to take away what that needs. */
  async stillRunning<Some extends One>(sessions: readonly Some[]): Promise<readonly Some[]> {
    for (;;) {
      await this.look(sessions);
      if (sessions.every((session) => !this.#isUnsure(session) || this.countOf(session) > 0)) break;
      await delay(LOOK_AGAIN_MS);
    }
    return sessions.filter((session) => this.countOf(session) > 0);
  }

  #isUnsure(session: One): boolean {
    return session.phase === 'ended' && !this.#empty.has(session);
  }

  #judge(session: One, looksBefore: number): void {
    const first = this.#emptyOnce.get(session);
    if (this.countOf(session) > 0) this.#emptyOnce.delete(session);
    else if (first === undefined) this.#emptyOnce.set(session, this.#looks);
    // Two looks at the same time are one.
    else if (first <= looksBefore) this.#empty.add(session);
  }
}

async function countMarked(): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { pid } of await findByEnvironment(`${SESSION_VARIABLE}=`)) {
    const sessionId = sessionOf(pid);
    if (sessionId !== undefined) counts.set(sessionId, (counts.get(sessionId) ?? 0) + 1);
  }
  return counts;
}
