import { hasHiddenCharacter } from '../rpc/request_checks.js';

/** Most bytes of a resource's name; clients shorten longer paths. */
export const MAX_RESOURCE_BYTES = 1024;

/** Prefixes that only the daemon itself may lease. */
const RESERVED = ['secret', 'session', 'agent'];

/** What is wrong with a resource's name, or undefined. */
export function resourceFault(resource: string): string | undefined {
  if (resource === '') return 'is empty; name what you want to lease';
  const bytes = Buffer.byteLength(resource);
  if (bytes > MAX_RESOURCE_BYTES) {
    return `has ${bytes} bytes; at most ${MAX_RESOURCE_BYTES} are allowed, shorten it to a prefix and a hash`;
  }
  if (hasHiddenCharacter(resource)) return 'has a control character; use printable ones only';
  if (resource.split('/').includes('')) return 'has an empty segment; take out the leading, trailing or doubled slash';
  return undefined;
}

export function isReserved(resource: string): boolean {
  return RESERVED.some((prefix) => resource === prefix || resource.startsWith(`${prefix}/`));
}
