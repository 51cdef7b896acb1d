import { type LeaseGranted, PriorHolding } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import type { LeaseSecretRequest, LeaseSecretResponse } from '@tenure/client/gen/tenure/secret/v1/secret_service';
import type { CallContext, Peer } from '../rpc/context.js';
import { Refusal } from '../rpc/refusal.js';
import type { Seal } from './seal.js';
import type { SecretLeases, SecretLeaseWish } from './secret_leases.js';
import { resourceOf } from './secret_name_rules.js';
import { checkName } from './secret_request.js';
import type { Sources } from './sources/sources.js';
import { secretOf } from './vault/document_rules.js';
import type { StoredSecret } from './vault/vault_document.js';
import { demandVault } from './vault/vault_missing.js';
import type { Vault } from './vault/vault_port.js';

export interface LendingParts {
  readonly vault: Pick<Vault, 'document' | 'recipient'>;
  readonly leases: SecretLeases;
  readonly sources: Pick<Sources, 'resolve'>;
  readonly seal: Pick<Seal, 'check'>;
  /** Secrets that are being deleted. */
  readonly leaving: ReadonlySet<string>;
}

/** How often a value that changed under way is read again before the caller is told to come back. */
const MAX_READINGS = 5;

/** The only way to a value: with a lease. */
export class Lending {
  readonly #parts: LendingParts;

  constructor(parts: LendingParts) {
    this.#parts = parts;
  }

  async lend(request: LeaseSecretRequest, { peer, signal }: CallContext): Promise<LeaseSecretResponse> {
    const { leases, seal } = this.#parts;
    const { name, clientId, ttl, reason, requestId, refuseInUse } = request;
    checkName('name', name);
    seal.check();
    let secret = this.#find(name);
    const wish: SecretLeaseWish = { resource: resourceOf(name), clientId, ttl, reason, requestId };
    // Before the source is asked: a wish that is refused costs nothing and leaves no trace there.
    leases.check(wish, peer);
    if (refuseInUse) this.#checkUse(name, wish, peer);
    let value = await this.#valueOf(secret, signal);
    if (signal.aborted) throw new Refusal('CANCELLED', 'the call ended before the secret was lent');
    seal.check();
    // Somebody may have been faster meanwhile.
    if (refuseInUse) this.#checkUse(name, wish, peer);
    const granted = await leases.acquire(wish, peer);
    try {
      for (let readings = 1; ; readings += 1) {
        // What happened while the lease was taken: a seal revokes no lease that it has not seen.
        seal.check();
        const now = this.#find(name);
        // The very same: one that was deleted and put again begins at version 1, too.
        if (now === secret) break;
        if (readings === MAX_READINGS) {
          throw new Refusal('SOURCE_FAILED', `${name} changes faster than it can be read; try again`, {
            source: now.source,
            cause: 'failed',
          });
        }
        secret = now;
        value = await this.#valueOf(secret, signal);
        // Whoever revoked it meanwhile meant the newer value as well.
        if (!leases.isActive(granted.lease?.leaseId ?? '')) {
          throw new Refusal('LEASE_ENDED', `the lease on ${name} ended before its value was read; ask again`);
        }
      }
    } catch (error) {
      await leases.release(granted.ownerToken, peer);
      throw error;
    }
    return answer(granted, value, secret);
  }

  #checkUse(name: string, wish: SecretLeaseWish, peer: Peer): void {
    if (!this.#parts.leases.isInUse(wish, peer)) return;
    throw new Refusal(
      'CLIENT_ID_IN_USE',
      `another process that lives has the lease of this client on ${name}; take another client id`,
    );
  }

  #find(name: string): StoredSecret {
    const { vault, leaving } = this.#parts;
    demandVault(vault);
    if (leaving.has(name)) throw new Refusal('SECRET_NOT_FOUND', `the secret ${name} is being deleted`, { name });
    return secretOf(vault.document, name);
  }

  /** The vault's own values without a detour. */
  #valueOf({ value, source }: StoredSecret, signal: AbortSignal): Uint8Array | Promise<Uint8Array> {
    return value ?? this.#parts.sources.resolve(source, signal);
  }
}

function answer(
  { lease, ownerToken, prior }: LeaseGranted,
  value: Uint8Array,
  secret: StoredSecret,
): LeaseSecretResponse {
  return {
    value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    lease,
    ownerToken,
    version: BigInt(secret.version),
    replaced: prior === PriorHolding.REPLACED,
  };
}
