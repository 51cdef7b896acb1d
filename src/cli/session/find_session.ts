import type { Client, Session } from '@tenure/client';
import { ExitCode } from '../exit_codes.js';
import { Failure } from '../failure.js';
import { printable } from '../style.js';

/** The session that an id or the beginning of one names. */
export async function findSession(client: Client, wanted: string): Promise<Session> {
  const { session } = await client.sessions.getSession({ sessionId: wanted });
  return present(session, wanted);
}

/** A daemon that answers no session where it should is newer, or at fault. */
export function present(session: Session | undefined, wanted: string): Session {
  if (session !== undefined) return session;
  throw new Failure('SESSION_NOT_FOUND', ExitCode.NO_INPUT, `there is no session ${printable(wanted)}`);
}
