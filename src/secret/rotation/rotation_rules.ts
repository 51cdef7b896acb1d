import type { StoredSecret, VaultDocument } from '../vault/vault_document.js';
import type { VaultStep } from '../vault/vault_port.js';

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
