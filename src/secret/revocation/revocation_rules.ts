import type { EndedLease } from '../secret_leases.js';
import type { StoredRevocation } from '../vault/vault_document.js';

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 3_600_000;
/** A wait is up to this part shorter or longer, so that those that failed together do not come together again. */
const SCATTER = 0.2;
const FAILURES_OF_IRREVOCABLE = 6;

/** Whether somebody should look: it has failed so often. */
export function isIrrevocable(attempts: number): boolean {
  return attempts >= FAILURES_OF_IRREVOCABLE;
}

/** How long to wait after so many failed tries, from the first on. `chance`: from 0 to 1. */
export function retryWaitMs(attempts: number, chance: number): number {
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempts - 1));
  return Math.round(wait * (1 + SCATTER * (2 * chance - 1)));
}

/** How long until the next try of one that was stored. No clock that was turned back makes it longer than the rule. */
export function untilNextTryMs({ nextAttemptWallMs }: StoredRevocation, nowMs: number): number {
  return Math.min(Math.max(0, nextAttemptWallMs - nowMs), LONGEST_WAIT_MS * (1 + SCATTER));
}

/** A command that has yet to run for the first time. */
export function newRevocation(
  { leaseId, clientId }: EndedLease,
  name: string,
  command: string,
  nowMs: number,
): StoredRevocation {
  return {
    leaseId,
    name,
    clientId,
    command,
    revokeWallMs: nowMs,
    attempts: 0,
    nextAttemptWallMs: nowMs,
    lastFailure: '',
  };
}

/** After one more failure. */
export function failedAgain(
  revocation: StoredRevocation,
  failure: string,
  nowMs: number,
  chance: number,
): StoredRevocation {
  const attempts = revocation.attempts + 1;
  return { ...revocation, attempts, nextAttemptWallMs: nowMs + retryWaitMs(attempts, chance), lastFailure: failure };
}
