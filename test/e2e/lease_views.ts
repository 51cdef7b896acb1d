import type { Client, ExplainResourceResponse, Lease } from '@tenure/client';
import { z } from 'zod';
import { until } from './until.js';

/** What the tests read of `tenure … --json`. */
export const leaseJson = z.object({
  leaseId: z.string(),
  resource: z.string(),
  fencingToken: z.string().regex(/^\d+$/),
  holder: z.object({ pid: z.number() }),
});
export const leaseListJson = z.object({ leases: z.array(leaseJson) });
export const heldJson = z.object({
  outcome: z.literal('held'),
  blockers: z.array(z.unknown()),
  staleInheritance: z.boolean().optional(),
  queueLength: z.number(),
  ancestorLeaseId: z.string().optional(),
});

/** Every lease, over all pages. */
export async function allLeases(client: Client): Promise<Lease[]> {
  const leases: Lease[] = [];
  let pageToken = '';
  do {
    const page = await client.leases.listLeases({ pageSize: 1_000, pageToken });
    leases.push(...page.leases);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return leases;
}

/** What is known of a resource, once that many wait for it. */
export async function untilWaiting(client: Client, resource: string, count: number): Promise<ExplainResourceResponse> {
  return await until(`${count} waiting for ${resource}`, async () => {
    const explained = await client.leases.explainResource({ resource });
    return explained.queue.length === count && explained;
  });
}

/** Waits until somebody holds a resource. */
export async function untilHeld(client: Client, resource: string): Promise<void> {
  await until(`${resource} to be held`, async () => {
    const { holders } = await client.leases.explainResource({ resource });
    return holders.length > 0;
  });
}

/** Waits until nobody holds a resource, not even draining. */
export async function untilFree(client: Client, resource: string): Promise<void> {
  await until(`${resource} to be free`, async () => {
    const { holders, draining } = await client.leases.explainResource({ resource });
    return holders.length === 0 && draining.length === 0;
  });
}
