/** Most bytes of a resource's name; clients shorten longer paths. */
export const MAX_RESOURCE_BYTES = 1024;

/** Prefixes that only the daemon itself may lease. */
const RESERVED = ['secret', 'session', 'agent'];

// Control characters and line ends hide in terminals and break line-wise output; lone surrogates are no text.
const FORBIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;

/** Whether a text has a character that would not show as what it is. */
export function hasHiddenCharacter(text: string): boolean {
  return FORBIDDEN.test(text);
}

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

/** Whether a path-wise prefix selects a resource: itself, and all below it. An empty one selects all. */
export function isAtOrBelow(resource: string, prefix: string): boolean {
  if (prefix === '' || resource === prefix) return true;
  return resource.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
}
