import { type Client, isTenureError } from '@tenure/client';

/**
 * The resources at or below this one on which there are leases, for a hint: a
 * page of them at most, and none where the daemon won't say.
 */
export async function leasedBelow(client: Client, resourcePrefix: string): Promise<readonly string[]> {
  try {
    const { leases } = await client.leases.listLeases({ filter: { resourcePrefix } });
    return leases.map(({ resource }) => resource);
  } catch (error) {
    if (isTenureError(error)) return [];
    throw error;
  }
}
