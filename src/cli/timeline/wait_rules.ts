import { groupBy } from './group_by.js';
import type { Hold, Wait, WaitedFor } from './timeline.js';

/** Less than this is no wait, but the time that an answer takes. */
const LEAST_WAIT_MS = 50;

/** The waits: those that came to nothing, and those that every lease tells of that was waited for. */
export function waitsOf(holds: readonly Hold[], others: readonly Omit<Wait, 'waitedFor'>[]): Wait[] {
  const byResource = new Map([...groupBy(holds, ({ resource }) => resource)].map(([name, of]) => [name, holders(of)]));
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
    .map(({ wait, own }) => ({ ...wait, waitedFor: waitedFor(wait, own, byResource.get(wait.resource)) }))
    .sort((a, b) => a.startMs - b.startMs);
}

/** The holds of one resource, such that those of a time are found without looking at all: there may be many thousand. */
interface Holders {
  /** By their start. */
  readonly holds: readonly Hold[];
  /** When the last of the holds up to each was over; rises. */
  readonly overMs: readonly number[];
}

function holders(of: readonly Hold[]): Holders {
  const holds = [...of].sort((a, b) => a.startMs - b.startMs);
  let latestMs = Number.NEGATIVE_INFINITY;
  const overMs = holds.map(({ drainedMs }) => {
    latestMs = Math.max(latestMs, drainedMs);
    return latestMs;
  });
  return { holds, overMs };
}

/** Who had the resource meanwhile, and for how long of it. */
function waitedFor(
  { startMs, endMs }: Pick<Wait, 'startMs' | 'endMs'>,
  own: string | undefined,
  of: Holders | undefined,
): WaitedFor[] {
  if (of === undefined) return [];
  const found: WaitedFor[] = [];
  for (let index = firstBeyond(of.overMs, startMs); index < of.holds.length; index += 1) {
    const hold = of.holds[index];
    if (hold === undefined || hold.startMs >= endMs) break;
    const ms = Math.min(endMs, hold.drainedMs) - Math.max(startMs, hold.startMs);
    if (ms > 0 && hold.leaseId !== own) found.push({ leaseId: hold.leaseId, who: hold.who, ms });
  }
  return found.sort((a, b) => b.ms - a.ms);
}

/** The place of the first of rising numbers that is higher than a limit; their count where none is. */
function firstBeyond(rising: readonly number[], limit: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((rising[middle] ?? 0) > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}
