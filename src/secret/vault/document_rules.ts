import { Refusal } from '../../rpc/refusal.js';
import type { SecretHooks, StoredSecret, VaultDocument } from './vault_document.js';
import type { VaultStep } from './vault_port.js';

/** Where a value comes from: kept in the vault, or asked of a source each time. */
export type SecretContent =
  | { readonly kind: 'value'; readonly value: Uint8Array }
  | { readonly kind: 'source'; readonly source: string };

export const NO_HOOKS: SecretHooks = { rotate: '', onRotate: '', onRevoke: '', onDelete: '' };

/** The source text of secrets whose value the vault has. */
export const VAULT_SOURCE = 'vault:';

/** A change of the vault takes time by its size. */
const MAX_VALUES_BYTES = 8 * 2 ** 20;

export function secretOf(document: VaultDocument, name: string): StoredSecret {
  const secret = document.secrets.get(name);
  if (secret !== undefined) return secret;
  throw new Refusal('SECRET_NOT_FOUND', `there is no secret ${name}`, { name });
}

/** Adds a secret. Throws SECRET_EXISTS. */
export function putting(
  name: string,
  content: SecretContent,
  hooks: SecretHooks,
  nowMs: number,
): (document: VaultDocument) => VaultStep<StoredSecret> {
  return (document) => {
    if (document.secrets.has(name)) {
      throw new Refusal('SECRET_EXISTS', `there is a secret ${name} already; update it instead`, { name });
    }
    const secret: StoredSecret = {
      name,
      ...fieldsOf(content),
      version: 1,
      createWallMs: nowMs,
      updateWallMs: nowMs,
      rotateWallMs: undefined,
      hooks,
    };
    return { document: withSecret(document, secret), value: secret };
  };
}

/** Changes what is given; a new content is a new version. Throws SECRET_NOT_FOUND. */
export function updating(
  name: string,
  content: SecretContent | undefined,
  hooks: SecretHooks | undefined,
  nowMs: number,
): (document: VaultDocument) => VaultStep<StoredSecret> {
  return (document) => {
    const before = secretOf(document, name);
    const secret: StoredSecret = {
      ...before,
      ...(content === undefined ? {} : { ...fieldsOf(content), version: before.version + 1 }),
      updateWallMs: nowMs,
      hooks: hooks ?? before.hooks,
    };
    return { document: withSecret(document, secret), value: secret };
  };
}

/** Takes a secret out; answers it as it was. Throws SECRET_NOT_FOUND. */
export function removing(name: string): (document: VaultDocument) => VaultStep<StoredSecret> {
  return (document) => {
    const value = secretOf(document, name);
    const secrets = new Map(document.secrets);
    secrets.delete(name);
    return { document: { ...document, secrets }, value };
  };
}

/** Throws TOO_MANY where the vault would hold more than can be written in a moment. */
function withSecret(document: VaultDocument, secret: StoredSecret): VaultDocument {
  let bytes = secret.value?.length ?? 0;
  for (const { name, value } of document.secrets.values()) if (name !== secret.name) bytes += value?.length ?? 0;
  if (bytes > MAX_VALUES_BYTES) {
    const most = MAX_VALUES_BYTES / 2 ** 20;
    throw new Refusal(
      'TOO_MANY',
      `the vault holds at most ${most} MiB of values; keep large ones in files, as file:PATH`,
    );
  }
  return { ...document, secrets: new Map(document.secrets).set(secret.name, secret) };
}

function fieldsOf(content: SecretContent): Pick<StoredSecret, 'source' | 'value'> {
  return content.kind === 'value'
    ? { source: VAULT_SOURCE, value: content.value }
    : { source: content.source, value: undefined };
}
