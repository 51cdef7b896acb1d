import type { Client } from '@tenure/client';

/** What gives a secret another value, in the audit log's words. */
const ACTIONS = ['secret.updated', 'secret.rotated'] as const;

/**
 * Tells when one of the secrets may have a new value, until the signal fires.
 * Of changes outside of tenure it knows nothing.
 *
 * @param sinceMs wall clock.
 */
export async function watchNewValues(
  client: Client,
  names: readonly string[],
  sinceMs: number,
  signal: AbortSignal,
  onNew: () => void,
): Promise<void> {
  const resources = new Set(names.map((name) => `secret/${name}`));
  const since = { seconds: BigInt(Math.floor(sinceMs / 1_000)), nanos: 0 };
  try {
    const entries = client.watchAuditEntries({ filter: { actions: [...ACTIONS], since }, signal });
    for await (const { success, resource } of entries) if (success && resources.has(resource)) onNew();
  } catch {
    // Where the audit log can't be watched, leasing anew in time finds the new value.
  }
}
