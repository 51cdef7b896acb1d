import type { Client, Secret } from '@tenure/client';

/** The most that the daemon gives at once. */
const PAGE_SIZE = 1_000;

/** All secrets of a namespace and of those below it, by name; the empty namespace has all. */
export async function listSecrets(client: Client, namespace: string): Promise<Secret[]> {
  const secrets: Secret[] = [];
  let pageToken = '';
  do {
    const page = await client.secrets.listSecrets({ namespace, pageSize: PAGE_SIZE, pageToken });
    secrets.push(...page.secrets);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return secrets;
}
