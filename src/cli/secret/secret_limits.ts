/** As the daemon has them; it checks them too, but one by one. */
const MAX_NAME_BYTES = 256;
const MAX_CLIENT_ID_BYTES = 256;
export const MAX_VALUE_BYTES = 65_536;

const HIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;

/** What is wrong with a secret's name or a namespace, in words that follow it; undefined: nothing. */
export function nameFault(name: string): string | undefined {
  if (name === '') return 'is empty; a secret has a name such as team/github-token';
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return `has more than ${MAX_NAME_BYTES} bytes`;
  if (HIDDEN.test(name)) return 'has a control character';
  if (name.split('/').includes('')) return 'has an empty segment; take out the leading, trailing or doubled slash';
  return undefined;
}

/** What is wrong with a secret's value, without repeating it. */
export function valueFault(value: string): string | undefined {
  const bytes = Buffer.byteLength(value);
  if (bytes === 0) return 'has an empty value; a secret has at least one byte';
  if (bytes > MAX_VALUE_BYTES) return `has a value of ${bytes} bytes; at most ${MAX_VALUE_BYTES} are allowed`;
  return undefined;
}

export function clientIdFault(clientId: string): string | undefined {
  if (clientId === '') return 'is empty; leave it out, or name the client';
  if (Buffer.byteLength(clientId) > MAX_CLIENT_ID_BYTES) return `has more than ${MAX_CLIENT_ID_BYTES} bytes`;
  return HIDDEN.test(clientId) ? 'has a control character' : undefined;
}
