import type { Session } from '@tenure/client/gen/tenure/session/v1/session';
import { SessionState } from '@tenure/client/gen/tenure/session/v1/session';
import { type SessionEvent, SessionEventType } from '@tenure/client/gen/tenure/session/v1/session_service';
import { ChangeFeed } from '../../rpc/change_feed.js';

/** Events kept for watchers that come back. */
const KEPT = 2_000;

/** Sessions as they were last seen, and the changes between two looks, in order. */
export class SessionFeed {
  readonly #known = new Map<string, Session>();
  /** The changes, told on. */
  readonly changes: ChangeFeed<SessionEvent>;

  constructor(firstRevision: number) {
    this.changes = new ChangeFeed(firstRevision, KEPT);
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
    this.changes.tell();
  }

  /** One session has changed. */
  touch(session: Session): void {
    this.#take(session);
    this.changes.tell();
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
    this.changes.add((revision) => ({ type, revision, session }));
  }
}

/** Equal for two states between which a person would see no change. Output that grows is none. */
function outline({ activityTime: _, stdoutBytes: _out, stderrBytes: _err, ...session }: Session): string {
  return JSON.stringify(session, (_key, value: unknown) => {
    if (typeof value === 'bigint') return value.toString();
    return value instanceof Map ? [...value] : value;
  });
}
