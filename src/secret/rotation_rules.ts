import type { StoredSecret, VaultDocument } from './vault_document.js';
import type { VaultStep } from './vault_port.js';

export const MAX_VALUE_BYTES = 65_536;
/** A value and a line end; of what is longer nobody needs to know how long it is. */
export const MAX_ROTATE_OUTPUT_BYTES = MAX_VALUE_BYTES + 2;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** The new value that a rotate command printed: without the last line end. Undefined where that is no value. */
export function newValueOf(output: Uint8Array): Uint8Array | undefined {
  let end = output.length;
  if (output[end - 1] === LINE_FEED) {
    end -= 1;
    if (output[end - 1] === CARRIAGE_RETURN) end -= 1;
  }
  return end === 0 || end > MAX_VALUE_BYTES ? undefined : output.subarray(0, end);
}

/** What became of a secret while its rotate command ran. */
export type Rotating =
  | { readonly kind: 'rotated'; readonly secret: StoredSecret }
  | { readonly kind: 'changed' | 'deleted' };

/**
 * Takes a rotation into the document, unless the secret is no longer the one
 * that was rotated. Commands that were changed meanwhile stay changed.
 * `value`: undefined where the vault has none.
 */
export function rotating(
  before: StoredSecret,
  value: Uint8Array | undefined,
  nowMs: number,
): (document: VaultDocument) => VaultStep<Rotating> {
  return (document) => {
    const now = document.secrets.get(before.name);
    if (now === undefined) return { document, value: { kind: 'deleted' } };
    // One that was deleted and put again begins at version 1, too.
    const isSame = now.version === before.version && now.createWallMs === before.createWallMs;
    if (!isSame || now.source !== before.source) return { document, value: { kind: 'changed' } };
    const secret = { ...now, value, version: now.version + 1, updateWallMs: nowMs, rotateWallMs: nowMs };
    const secrets = new Map(document.secrets).set(secret.name, secret);
    return { document: { ...document, secrets }, value: { kind: 'rotated', secret } };
  };
}
