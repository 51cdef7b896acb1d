import { setTimeout as delay } from 'node:timers/promises';
import type { LeaseHeld } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import type { SessionLeases } from './session_leases.js';

/** A shim that has waited long for what its session left behind looks every 2 s. */
const LONGEST_MS = 4_000;
const LOOK_AGAIN_MS = 50;

/**
 * Leases that are waited for where a session has them of which nothing lives:
 * its shim gives them back once it has seen that, some moments later. Who
 * launches one session after the other must not be refused for it.
 */
export function yieldingLeases(
  leases: SessionLeases,
  isGone: (sessionId: string) => Promise<boolean>,
  monotonicMs: () => number,
): SessionLeases {
  return {
    take: async (wish, peer) => {
      const deadline = monotonicMs() + LONGEST_MS;
      for (;;) {
        const outcome = await leases.take(wish, peer);
        if (outcome.kind === 'taken' || monotonicMs() >= deadline) return outcome;
        if (!(await isYielding(outcome.held, isGone))) return outcome;
        await delay(LOOK_AGAIN_MS);
      }
    },
  };
}

/** Of a limited number of holders one that goes is enough. */
async function isYielding({ blockers }: LeaseHeld, isGone: (sessionId: string) => Promise<boolean>): Promise<boolean> {
  for (const { blocker } of blockers) {
    if (blocker?.$case === 'lease' && (await isGone(blocker.value.clientId))) return true;
  }
  return false;
}
