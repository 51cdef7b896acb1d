import { hasHiddenCharacter } from '../rpc/request_checks.js';

/** `secret/NAME` stays well below the longest resource. */
const MAX_NAME_BYTES = 256;

/** What is wrong with a secret's name or a namespace, in words that follow the field's name; undefined: nothing. */
export function nameFault(name: string): string | undefined {
  if (name === '') return 'is empty; give the secret a name such as team/github-token';
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return `has more than ${MAX_NAME_BYTES} bytes`;
  if (hasHiddenCharacter(name)) return 'has a control character; use printable ones only';
  if (name.split('/').includes('')) return 'has an empty segment; take out the leading, trailing or doubled slash';
  return undefined;
}

/** The resource that leases on a secret are on. */
export function resourceOf(name: string): string {
  return `secret/${name}`;
}

/** Whether a secret is below a namespace, at any depth. The empty namespace has all. */
export function isInNamespace(name: string, namespace: string): boolean {
  return namespace === '' || name.startsWith(`${namespace}/`);
}
