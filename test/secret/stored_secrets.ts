import { NO_HOOKS, VAULT_SOURCE } from '../../src/secret/vault/document_rules.js';
import {
  EMPTY_DOCUMENT,
  type SecretHooks,
  type StoredSecret,
  type VaultDocument,
} from '../../src/secret/vault/vault_document.js';

/** A secret of the vault's own with the value `old`, unless `fields` say otherwise. */
export function storedSecret(
  name: string,
  hooks: Partial<SecretHooks>,
  fields: Partial<StoredSecret> = {},
): StoredSecret {
  return {
    name,
    source: VAULT_SOURCE,
    value: Buffer.from('old'),
    version: 1,
    createWallMs: 1_000,
    updateWallMs: 1_000,
    rotateWallMs: undefined,
    hooks: { ...NO_HOOKS, ...hooks },
    ...fields,
  };
}

export function documentOf(...secrets: readonly StoredSecret[]): VaultDocument {
  return { ...EMPTY_DOCUMENT, secrets: new Map(secrets.map((secret) => [secret.name, secret])) };
}

export function textOf(value: Uint8Array | undefined): string | undefined {
  return value === undefined ? undefined : Buffer.from(value).toString();
}
