import { Refusal } from '../../rpc/refusal.js';
import type { Vault } from './vault_port.js';

export function vaultMissing(): Refusal {
  return new Refusal('VAULT_NOT_INITIALIZED', 'there is no vault yet; it must be made first');
}

/** Throws VAULT_NOT_INITIALIZED where there is none. */
export function demandVault({ recipient }: Pick<Vault, 'recipient'>): void {
  if (recipient === undefined) throw vaultMissing();
}
