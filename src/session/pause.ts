import { setTimeout as delay } from 'node:timers/promises';

/** Resolves after a while, and at the signal's abort. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // Aborted is all that it rejects with.
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
