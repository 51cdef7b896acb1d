import type { Hold, Wait, WaitedFor } from './timeline.js';

/** Less than this is no wait, but the time that an answer takes. */
const LEAST_WAIT_MS = 50;

/** The waits: those that came to nothing, and those that every lease tells of that was waited for. */
export function waitsOf(holds: readonly Hold[], others: readonly Omit<Wait, 'waitedFor'>[]): Wait[] {
  const byResource = new Map<string, Hold[]>();
  for (const hold of holds) {
    const beside = byResource.get(hold.resource);
    if (beside === undefined) byResource.set(hold.resource, [hold]);
    else beside.push(hold);
  }
  const granted = holds
    .filter(({ waitedMs }) => waitedMs >= LEAST_WAIT_MS)
    .map(({ resource, who, clientId, startMs, waitedMs, leaseId }) => ({
      wait: { resource, who, clientId, startMs: startMs - waitedMs, endMs: startMs, outcome: 'granted' as const },
      own: leaseId,
    }));
  const rest = others
    .filter(({ startMs, endMs }) => endMs - startMs >= LEAST_WAIT_MS)
    .map((wait) => ({ wait, own: undefined }));
  return [...granted, ...rest]
    .map(({ wait, own }) => ({ ...wait, waitedFor: waitedFor(wait, own, byResource.get(wait.resource) ?? []) }))
    .sort((a, b) => a.startMs - b.startMs);
}

/** Who had the resource meanwhile, and for how long of it. */
function waitedFor(
  { startMs, endMs }: Pick<Wait, 'startMs' | 'endMs'>,
  own: string | undefined,
  holds: readonly Hold[],
): WaitedFor[] {
  return holds
    .filter(({ leaseId }) => leaseId !== own)
    .map(({ leaseId, who, ...hold }) => ({
      leaseId,
      who,
      ms: Math.min(endMs, hold.drainedMs) - Math.max(startMs, hold.startMs),
    }))
    .filter(({ ms }) => ms > 0)
    .sort((a, b) => b.ms - a.ms);
}
