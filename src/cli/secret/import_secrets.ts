import { type Client, isTenureError } from '@tenure/client';
import { reportOf } from '../report.js';
import { eachAtMost } from './each_at_most.js';
import type { ImportEntry } from './import_rules.js';

/** Calls to the daemon that are under way together. */
const AT_ONCE = 16;

/** What became of one secret. */
export type Imported =
  | { readonly name: string; readonly outcome: 'added' | 'updated'; readonly version: bigint }
  | { readonly name: string; readonly outcome: 'failed'; readonly reason: string; readonly message: string }
  /** Not tried, after a failure that the others would have had too. */
  | { readonly name: string; readonly outcome: 'skipped' };

/**
 * Puts the secrets.
 *
 * @param update whether one that exists gets the new value; else it fails.
 * @throws the failure of the first where it is one of them all and nothing was done.
 */
export async function importSecrets(
  client: Client,
  entries: readonly ImportEntry[],
  update: boolean,
): Promise<readonly Imported[]> {
  let fatal: unknown;
  const results = await eachAtMost(AT_ONCE, entries, async (entry): Promise<Imported> => {
    if (fatal !== undefined) return { name: entry.name, outcome: 'skipped' };
    try {
      return await put(client, entry, update);
    } catch (error) {
      const { reason, message } = reportOf(error);
      if (!isOfOne(error)) fatal ??= error;
      return { name: entry.name, outcome: 'failed', reason, message };
    }
  });
  if (fatal !== undefined && !results.some(({ outcome }) => outcome === 'added' || outcome === 'updated')) throw fatal;
  return results;
}

async function put(client: Client, { name, value }: ImportEntry, update: boolean): Promise<Imported> {
  const content = { $case: 'value', value: Buffer.from(value) } as const;
  try {
    const { secret } = await client.secrets.putSecret({ name, content });
    return { name, outcome: 'added', version: secret?.version ?? 0n };
  } catch (error) {
    if (!update || !isTenureError(error, 'SECRET_EXISTS')) throw error;
  }
  const { secret } = await client.secrets.updateSecret({ name, content });
  return { name, outcome: 'updated', version: secret?.version ?? 0n };
}

/** Whether the failure says nothing of the other secrets. */
function isOfOne(error: unknown): boolean {
  const reasons = ['SECRET_EXISTS', 'SECRET_NOT_FOUND', 'INVALID_FIELD'] as const;
  return reasons.some((reason) => isTenureError(error, reason));
}
