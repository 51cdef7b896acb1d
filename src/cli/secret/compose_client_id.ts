import { createHash } from 'node:crypto';

/** The most that the daemon takes. */
const MAX_CLIENT_ID_BYTES = 256;

/** `begin:rest`; where that is too long, the rest is told by its hash. */
export function composeClientId(begin: string, rest: string): string {
  const id = `${begin}:${rest}`;
  if (Buffer.byteLength(id) <= MAX_CLIENT_ID_BYTES) return id;
  return `${[...begin].slice(0, 32).join('')}:${createHash('sha256').update(id).digest('hex')}`;
}
