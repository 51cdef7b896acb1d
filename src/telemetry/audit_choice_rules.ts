import type { TenureEvent } from './events.js';

/**
 * Whether the audit log keeps an event: all but details, and of details those
 * on secrets. The others are thousands a second where leases are busy.
 */
export function isAudited({ level, action, metadata }: Pick<TenureEvent, 'level' | 'action' | 'metadata'>): boolean {
  if (level !== 'debug' || action.startsWith('secret.')) return true;
  const resource = metadata['resource'];
  return typeof resource === 'string' && resource.startsWith('secret/');
}
