import { descendantsOf } from '../../os/descendants.js';
import type { ProcessIdentity } from '../../os/process_identity.js';
import { endAll, type StopTerms } from './stopping.js';

/**
 * Ends a session that was found: its main process and what that has started,
 * listed before the first signal, for an orphan has no parent to be found by.
 */
export function endFound(main: ProcessIdentity, terms: StopTerms): Promise<number> {
  const all = new Map<number, ProcessIdentity>([[main.pid, main]]);
  return endAll(async () => {
    for (const one of [...all.values()].filter((parent) => terms.watch.isAlive(parent))) {
      for (const child of await descendantsOf(one.pid)) all.set(child.pid, child);
    }
    return [...all.values()].filter(({ pid }) => pid !== process.pid);
  }, terms);
}
