import type { Connection } from './connection.js';
import { type SessionEvent, SessionEventType } from './gen/tenure/session/v1/session_service.js';
import { watchRevisions } from './revision_watch.js';
import { completeSessionFilter } from './session_calls.js';
import type { WatchSessionsOptions } from './sessions.js';

/** See `Client.watchSessions`. */
export function watchSessions(
  connection: Connection,
  { filter, afterRevision, signal, onSnapshot, onBreak }: WatchSessionsOptions,
): AsyncGenerator<SessionEvent, void, undefined> {
  const wanted = completeSessionFilter(filter);
  return watchRevisions<SessionEvent>({
    connection,
    open: ({ sessions }, after, metadata) => sessions.watchSessions({ filter: wanted, afterRevision: after }, metadata),
    markOf,
    afterRevision,
    signal,
    onSnapshot,
    onBreak,
  });
}

function markOf({ type, session }: SessionEvent): 'synced' | 'bookmark' | undefined {
  if (type === SessionEventType.SYNCED) {
    return 'synced';
  }
  return session === undefined ? 'bookmark' : undefined;
}
