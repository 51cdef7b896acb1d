import { type Client, isTenureError, type Session } from '@tenure/client';
import { warn } from '../output.js';
import { present } from './find_session.js';
import { printOutput } from './print_output.js';
import { stopOnSignal } from './stop_request.js';

/** Waits for the end of a session that this command has launched, and answers how it ended. */
export async function followSession(client: Client, launched: Session, showOutput: boolean): Promise<Session> {
  const { sessionId } = launched;
  const leaveSignals = stopOnSignal(`session ${sessionId}`, () =>
    client.sessions.stopSession({ sessionId, reason: 'whoever waited for it asked for its end' }),
  );
  try {
    const [{ session }] = await Promise.all([
      client.sessions.waitSession({ sessionId }),
      showOutput ? showAll(client, sessionId) : undefined,
    ]);
    return present(session, sessionId);
  } finally {
    leaveSignals();
  }
}

async function showAll(client: Client, sessionId: string): Promise<void> {
  try {
    await printOutput(client, { sessionId, follow: true });
  } catch (error) {
    if (!isTenureError(error, 'NOT_SUPPORTED')) throw error;
    warn(`tenure: ${error.message}`);
  }
}
