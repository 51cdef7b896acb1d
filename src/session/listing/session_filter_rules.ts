import { type Session, SessionState } from '@tenure/client/gen/tenure/session/v1/session';
import type { SessionFilter } from '@tenure/client/gen/tenure/session/v1/session_service';

/** Whether a filter selects a session; what is unset in it selects all. */
export function selects(filter: SessionFilter | undefined, session: Session): boolean {
  if (filter === undefined) return true;
  const { adapters, states, group, directory, launchedOnly } = filter;
  if (adapters.length > 0 && !adapters.includes(session.adapter)) return false;
  if (states.length > 0 && !states.includes(session.state)) return false;
  if (group !== '' && session.group !== group) return false;
  if (directory !== '' && !isAtOrBelowPath(session.directory, directory)) return false;
  return !launchedOnly || session.launched;
}

/** What lists leave out unless they are asked for it: what has ended, and left nothing running. */
export function isOver({ state, leftProcesses }: Session): boolean {
  return state === SessionState.ENDED && leftProcesses === 0;
}

function isAtOrBelowPath(path: string, folder: string): boolean {
  const base = folder.replace(/\/+$/, '');
  return path === base || path.startsWith(`${base}/`);
}
