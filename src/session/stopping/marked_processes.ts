import { readFileSync } from 'node:fs';
import { descendantsOf, findByEnvironment } from '../../os/descendants.js';
import type { ProcessIdentity } from '../../os/process_identity.js';

/**
 * In the environment of every process of a session, and of no other. Not
 * TENURE_SESSION_ID, which hooks and fuses have, too: a stop must not end the
 * hook that follows it, nor a hook keep the session's leases.
 */
export const SESSION_VARIABLE = 'TENURE_IN_SESSION';

/**
 * What a session has started and still runs: by the marker in the
 * environment, and by descent where a child has cleaned its own. Tool shells
 * in sessions of their own are among them. A best effort for those that did
 * both: clean their environment and lose their parent.
 */
export async function processesOf(
  sessionId: string,
  main: ProcessIdentity | undefined,
): Promise<readonly ProcessIdentity[]> {
  const marked = await findByEnvironment(`${SESSION_VARIABLE}=${sessionId}\0`);
  const started = main === undefined ? [] : [main, ...(await descendantsOf(main.pid))];
  const found = new Map<string, ProcessIdentity>();
  for (const one of [...marked, ...started]) found.set(`${one.pid}.${one.startTicks}`, one);
  return [...found.values()].filter(({ pid }) => pid !== process.pid && pid !== 1);
}

/** The session that a process was started in; undefined: none, or the process is gone or another user's. */
export function sessionOf(pid: number): string | undefined {
  let variables: string;
  try {
    variables = readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return undefined;
  }
  const marker = `${SESSION_VARIABLE}=`;
  return variables
    .split('\0')
    .find((variable) => variable.startsWith(marker))
    ?.slice(marker.length);
}
