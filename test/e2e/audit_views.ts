import assert from 'node:assert/strict';
import { z } from 'zod';
import type { World } from './world.js';

const entryJson = z.object({
  sequence: z.string().regex(/^\d+$/),
  action: z.string(),
  success: z.boolean(),
  actor: z.object({ uid: z.number(), pid: z.number(), executable: z.string(), script: z.string() }).optional(),
  clientId: z.string(),
  resource: z.string(),
  leaseId: z.string(),
  reason: z.string(),
  details: z.record(z.string(), z.string()),
});

export type AuditLine = z.output<typeof entryJson>;

/** What `tenure audit --json` prints. */
export async function auditOf(world: World, ...options: readonly string[]): Promise<readonly AuditLine[]> {
  const ended = await world.run(['audit', '--json', ...options]);
  assert.deepEqual([ended.code, ended.stderr], [0, '']);
  return ended.stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => entryJson.parse(JSON.parse(line)));
}

/** Such as `lease.acquired`, or `secret.leased: TTL_OUT_OF_RANGE` of what failed. */
export function actionsOf(entries: readonly AuditLine[]): readonly string[] {
  return entries.map(({ action, success, reason }) => (success ? action : `${action}: ${reason}`));
}
