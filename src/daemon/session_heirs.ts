import type { ProcessIdentity } from '../os/process_identity.js';
import { isSessionId } from '../session/launched/session_folders.js';
import { processesOf } from '../session/stopping/marked_processes.js';

/**
 * What still runs in a session when shim and main process are gone, both of
 * them killed perhaps: the session's leases are kept by it. Undefined for
 * other clients.
 */
export function heirsOfSession(clientId: string): Promise<readonly ProcessIdentity[]> | undefined {
  return isSessionId(clientId) ? look(clientId) : undefined;
}

/** Twice, for what has just been started by what has just been looked at. */
async function look(sessionId: string): Promise<readonly ProcessIdentity[]> {
  const first = await processesOf(sessionId, undefined);
  return first.length > 0 ? first : processesOf(sessionId, undefined);
}
