import type { Lease } from '@tenure/client/gen/tenure/lease/v1/lease';
import { Refusal } from '../../rpc/refusal.js';
import type { SecretLeases, SecretRevoker } from '../secret_leases.js';

/** Ends leases by their ids; those that ended meanwhile are no fault. */
export async function revokeIds(
  leases: Pick<SecretLeases, 'revoke'>,
  ids: readonly string[],
  revoker: SecretRevoker,
): Promise<readonly Lease[]> {
  const revoked = await Promise.all(
    ids.map(async (value) => {
      try {
        return await leases.revoke({ $case: 'leaseId', value }, revoker);
      } catch (error) {
        if (error instanceof Refusal && error.reason === 'LEASE_NOT_FOUND') return [];
        throw error;
      }
    }),
  );
  return revoked.flat();
}
