import type { Secret } from '@tenure/client/gen/tenure/secret/v1/secret';
import type {
  DeleteSecretRequest,
  DeleteSecretResponse,
  ListSecretsRequest,
  ListSecretsResponse,
  PutSecretRequest,
  UpdateSecretRequest,
} from '@tenure/client/gen/tenure/secret/v1/secret_service';
import { invalid } from '../rpc/request_checks.js';
import { failureOf, type HookParts, runHook } from './hook_command.js';
import { revokeIds } from './revocation/revoking.js';
import type { SecretLeases, SecretRevoker } from './secret_leases.js';
import { secretMessage } from './secret_message.js';
import { isInNamespace, resourceOf } from './secret_name_rules.js';
import { checkName, readContent, readHooks } from './secret_request.js';
import type { Sources } from './sources/sources.js';
import { NO_HOOKS, putting, removing, secretOf, updating } from './vault/document_rules.js';
import type { StoredSecret } from './vault/vault_document.js';
import { demandVault } from './vault/vault_missing.js';
import type { Vault } from './vault/vault_port.js';

const DEFAULT_PAGE_SIZE = 100;
const MAX_PAGE_SIZE = 1_000;

export interface ShelfParts extends HookParts {
  readonly vault: Vault;
  readonly leases: SecretLeases;
  readonly sources: Pick<Sources, 'forget'>;
  /** Secrets that are being deleted: they are not lent. */
  readonly leaving: Set<string>;
  readonly wallMs: () => number;
}

/** Where the secrets stand: put, changed, taken away, listed; never read. */
export class Shelf {
  readonly #parts: ShelfParts;

  constructor(parts: ShelfParts) {
    this.#parts = parts;
  }

  async put({ name, content, commands }: PutSecretRequest): Promise<Secret> {
    checkName('name', name);
    const given = readContent(content);
    if (given === undefined) throw invalid('content', 'is not set; give a value or a source');
    const { vault, wallMs } = this.#parts;
    return this.#show(await vault.update(putting(name, given, readHooks(commands) ?? NO_HOOKS, wallMs())));
  }

  async update({ name, content, commands }: UpdateSecretRequest): Promise<Secret> {
    checkName('name', name);
    const [given, hooks] = [readContent(content), readHooks(commands)];
    if (given === undefined && hooks === undefined) throw invalid('content', 'is not set, nor are commands');
    const { vault, sources, wallMs } = this.#parts;
    const secret = await vault.update(updating(name, given, hooks, wallMs()));
    if (given?.kind === 'source') sources.forget(given.source);
    return this.#show(secret);
  }

  /** Its leases first: whoever had it knows before the name is free again. */
  async remove({ name }: DeleteSecretRequest, revoker: SecretRevoker): Promise<DeleteSecretResponse> {
    const { vault, leaving } = this.#parts;
    checkName('name', name);
    demandVault(vault);
    secretOf(vault.document, name);
    // A lease that came while the vault is written would be revoked without the secret's command.
    leaving.add(name);
    let revokedLeases: number;
    let secret: StoredSecret;
    try {
      revokedLeases = await this.#revokeAll(name, revoker);
      secret = await vault.update(removing(name));
    } finally {
      leaving.delete(name);
    }
    return { revokedLeases, hookFailure: await this.#afterDelete(secret) };
  }

  list({ namespace, pageSize, pageToken }: ListSecretsRequest): ListSecretsResponse {
    if (namespace !== '') checkName('namespace', namespace);
    if (pageSize < 0 || pageSize > MAX_PAGE_SIZE) throw invalid('page_size', `must be from 1 to ${MAX_PAGE_SIZE}`);
    const size = pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize;
    const found = [...this.#parts.vault.document.secrets.values()]
      .filter(({ name }) => isInNamespace(name, namespace) && (pageToken === '' || name > pageToken))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const page = found.slice(0, size);
    const last = page.at(-1);
    return {
      secrets: page.map((secret) => this.#show(secret)),
      nextPageToken: found.length > page.length && last !== undefined ? last.name : '',
    };
  }

  #show(secret: StoredSecret): Secret {
    return secretMessage(secret, this.#parts.leases.idsOn(resourceOf(secret.name)).length);
  }

  async #revokeAll(name: string, revoker: SecretRevoker): Promise<number> {
    return (await revokeIds(this.#parts.leases, this.#parts.leases.idsOn(resourceOf(name)), revoker)).length;
  }

  /** What went wrong; empty: nothing. The secret is gone either way. */
  async #afterDelete({ name, hooks }: StoredSecret): Promise<string> {
    if (hooks.onDelete === '') return '';
    const result = await runHook(this.#parts, { command: hooks.onDelete, name });
    return failureOf(result);
  }
}
