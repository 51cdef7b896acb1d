import type {
  RevokeSecretLeasesRequest,
  RevokeSecretLeasesResponse,
} from '@tenure/client/gen/tenure/secret/v1/secret_service';
import { actorOf } from '../../rpc/actor.js';
import type { Peer } from '../../rpc/context.js';
import { invalid } from '../../rpc/request_checks.js';
import type { TenureEvent } from '../../telemetry/events.js';
import type { SecretLeases, SecretRevoker } from '../secret_leases.js';
import { resourceOf } from '../secret_name_rules.js';
import { checkName, checkReason } from '../secret_request.js';
import { secretOf } from '../vault/document_rules.js';
import type { Vault } from '../vault/vault_port.js';
import { revokeIds } from './revoking.js';

export function revokerOf(peer: Peer, reason: string): SecretRevoker {
  return { uid: peer.uid, reason, actor: actorOf(peer) };
}

/** What an announcement says of it. */
export function aboutTarget({ target }: RevokeSecretLeasesRequest): TenureEvent['metadata'] {
  const wanted = target?.target;
  switch (wanted?.$case) {
    case undefined:
      return {};
    case 'name':
      return { resource: resourceOf(wanted.value) };
    case 'leaseId':
      return { leaseId: wanted.value };
    case 'clientId':
      return { clientId: wanted.value };
    case 'namespace':
      return { namespace: wanted.value };
    case 'all':
      return { all: wanted.value };
  }
}

/** Ends the leases that a caller names. */
export async function revokeLeases(
  { leases, vault }: { readonly leases: SecretLeases; readonly vault: Vault },
  { target, reason }: RevokeSecretLeasesRequest,
  peer: Peer,
): Promise<RevokeSecretLeasesResponse> {
  checkReason(reason);
  const revoker = revokerOf(peer, reason);
  const wanted = target?.target;
  switch (wanted?.$case) {
    case undefined:
      throw invalid('target', 'is not set; name what to revoke, or say all');
    case 'name':
      checkName('name', wanted.value);
      // A typo in an emergency must not look like success.
      if (leases.idsOn(resourceOf(wanted.value)).length === 0) secretOf(vault.document, wanted.value);
      return { revoked: [...(await revokeIds(leases, leases.idsOn(resourceOf(wanted.value)), revoker))] };
    case 'namespace':
      checkName('namespace', wanted.value);
      return { revoked: [...(await revokeIds(leases, leases.idsBelow(resourceOf(wanted.value)), revoker))] };
    case 'leaseId':
    case 'clientId':
    case 'all':
      return { revoked: [...(await leases.revoke(wanted, revoker))] };
  }
}
