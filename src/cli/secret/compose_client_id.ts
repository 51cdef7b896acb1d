import { createHash } from 'node:crypto';

/** The most that the daemon takes. */
const MAX_CLIENT_ID_BYTES = 256;

/** `begin:rest`; where that is too long, the rest is told by its hash. */
export function composeClientId(begin: string, rest: string): string {
  return fitting(`${begin}:${rest}`, begin);
}

/** The other id of a client that for a moment has its leases twice: a watch of an env file, which takes them anew. */
export function otherClientId(clientId: string): string {
  return fitting(`${clientId}#next`, clientId);
}

function fitting(id: string, begin: string): string {
  if (Buffer.byteLength(id) <= MAX_CLIENT_ID_BYTES) return id;
  return `${[...begin].slice(0, 32).join('')}:${createHash('sha256').update(id).digest('hex')}`;
}
