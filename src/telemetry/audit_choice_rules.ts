import type { TenureEvent } from './events.js';

/** Leases that were held and waited for less than this are not kept. */
export const DEFAULT_LEASES_FROM_MS = 1_000;

/**
 * Whether the audit log keeps an event: all but details, and of details those
 * on secrets, and the ends of leases and waits that lasted for `leasesFromMs`
 * or longer. The others are thousands a second where leases are busy.
 */
export function isAudited(
  { level, action, metadata }: Pick<TenureEvent, 'level' | 'action' | 'metadata'>,
  leasesFromMs: number = DEFAULT_LEASES_FROM_MS,
): boolean {
  if (level !== 'debug' || action.startsWith('secret.')) return true;
  const { resource, heldMs, waitedMs } = metadata;
  if (typeof resource === 'string' && resource.startsWith('secret/')) return true;
  return [heldMs, waitedMs].some((lasted) => typeof lasted === 'number' && lasted >= leasesFromMs);
}
