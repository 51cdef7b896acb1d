import { Refusal } from '../rpc/refusal.js';

export function vaultMissing(): Refusal {
  return new Refusal('VAULT_NOT_INITIALIZED', 'there is no vault yet; make one with `tenure secret init`');
}
