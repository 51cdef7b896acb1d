import { findByEnvironment } from '../os/descendants.js';
import type { LaunchedSession } from './launched_session.js';
import { SESSION_VARIABLE, sessionOf } from './marked_processes.js';

/**
 * What sessions that are over have left running: a tool shell, a server, the
 * agent itself whose wrapper was killed. It keeps their leases, so it is shown.
 */
export class LeftBehind {
  /** Of which nothing lives any more: what is not there can start nothing. */
  readonly #empty = new WeakSet<LaunchedSession>();
  #counts: ReadonlyMap<string, number> = new Map();

  /** Looks again, where anything may be left; one look at all processes for all sessions. */
  async look(sessions: Iterable<LaunchedSession>): Promise<void> {
    const unsure = [...sessions].filter((session) => session.phase === 'ended' && !this.#empty.has(session));
    if (unsure.length === 0) return;
    const counts = new Map<string, number>();
    for (const { pid } of await findByEnvironment(`${SESSION_VARIABLE}=`)) {
      const sessionId = sessionOf(pid);
      if (sessionId !== undefined) counts.set(sessionId, (counts.get(sessionId) ?? 0) + 1);
    }
    for (const session of unsure) if (!counts.has(session.record.sessionId)) this.#empty.add(session);
    this.#counts = counts;
  }

  /** As last seen; 0 for one that is not over. */
  countOf(session: LaunchedSession): number {
    if (session.phase !== 'ended' || this.#empty.has(session)) return 0;
    return this.#counts.get(session.record.sessionId) ?? 0;
  }
}
