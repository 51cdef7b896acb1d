import type { Session } from '@tenure/client/gen/tenure/session/v1/session';
import { SessionState } from '@tenure/client/gen/tenure/session/v1/session';
import { type SessionEvent, SessionEventType } from '@tenure/client/gen/tenure/session/v1/session_service';

/** Events kept for watchers that come back. */
const KEPT = 2_000;

/** What is new to a watcher, or that it has to begin anew. */
export type News =
  | { readonly kind: 'events'; readonly events: readonly SessionEvent[] }
  | { readonly kind: 'compacted'; readonly revision: number }
  | { readonly kind: 'future' };

/** Sessions as they were last seen, and the changes between two looks, in order. */
export class SessionFeed {
  readonly #known = new Map<string, Session>();
  readonly #events: SessionEvent[] = [];
  readonly #listeners = new Set<() => void>();
  #revision: number;
  /** All up to it has been dropped. */
  #dropped: number;

  /** Revisions of a new run go on above those of the run before: the wall clock in microseconds is their floor. */
  constructor(firstRevision: number) {
    this.#revision = firstRevision;
    this.#dropped = firstRevision;
  }

  get revision(): number {
    return this.#revision;
  }

  known(): readonly Session[] {
    return [...this.#known.values()];
  }

  /** What a look has shown; what it does not show is gone, unless it was found by an adapter that has failed now. */
  look(sessions: readonly Session[], failed: ReadonlySet<string> = new Set()): void {
    const seen = new Set(sessions.map(({ sessionId }) => sessionId));
    for (const session of sessions) this.#take(session);
    for (const [sessionId, session] of this.#known) {
      if (seen.has(sessionId) || (!session.launched && failed.has(session.adapter))) continue;
      this.#known.delete(sessionId);
      this.#add(SessionEventType.REMOVED, session);
    }
    this.#tell();
  }

  /** One session has changed. */
  touch(session: Session): void {
    this.#take(session);
    this.#tell();
  }

  after(revision: number): News {
    if (revision > this.#revision) return { kind: 'future' };
    if (revision < this.#dropped) return { kind: 'compacted', revision: this.#dropped };
    return { kind: 'events', events: this.#events.slice(revision - this.#dropped) };
  }

  onNews(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #take(session: Session): void {
    const before = this.#known.get(session.sessionId);
    if (before !== undefined && outline(before) === outline(session)) return;
    this.#known.set(session.sessionId, session);
    const ended = session.state === SessionState.ENDED;
    if (before === undefined) this.#add(SessionEventType.ADDED, session);
    else if (ended && before.state !== SessionState.ENDED) this.#add(SessionEventType.ENDED, session);
    else this.#add(SessionEventType.CHANGED, session);
  }

  #add(type: SessionEventType, session: Session): void {
    this.#revision += 1;
    this.#events.push({ type, revision: BigInt(this.#revision), session });
    if (this.#events.length <= KEPT) return;
    this.#events.shift();
    this.#dropped += 1;
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** Equal for two states between which a person would see no change. Output that grows is none. */
function outline({ activityTime: _, stdoutBytes: _out, stderrBytes: _err, ...session }: Session): string {
  return JSON.stringify(session, (_key, value: unknown) => {
    if (typeof value === 'bigint') return value.toString();
    return value instanceof Map ? [...value] : value;
  });
}
