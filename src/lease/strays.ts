import { descendantsOf, findByEnvironment } from '../os/descendants.js';
import type { ProcessIdentity } from '../os/process_identity.js';
import { type LeaseRecord, processKey } from './record.js';
import type { FindStrays } from './terminator.js';
import type { TokenSigner } from './token.js';

/**
 * Processes that run under a lease and never spoke to the daemon: those that
 * carry its inherit token in their environment, and what its registered
 * commands and inheritors have started. A best effort: a process may have
 * cleaned its environment and lost its parent.
 */
export function strayFinder(tokens: TokenSigner): FindStrays {
  return async (lease: LeaseRecord): Promise<readonly ProcessIdentity[]> => {
    const marked = await findByEnvironment(tokens.issue(lease).inheritToken);
    const started = await Promise.all(lease.attached.map(({ pid }) => descendantsOf(pid)));
    const found = new Map<string, ProcessIdentity>();
    for (const stray of [...marked, ...started.flat()]) found.set(processKey(stray), stray);
    return [...found.values()];
  };
}
