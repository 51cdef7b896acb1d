import type { Client } from '@tenure/client';
import { ExitCode } from '../exit_codes.js';
import { Failure } from '../failure.js';

/** Where nothing was found: throws if that is for want of a vault. */
export async function demandVault(client: Client): Promise<void> {
  const { status } = await client.health.getStatus();
  if (status?.secrets?.vaultInitialized !== false) return;
  throw new Failure(
    'VAULT_NOT_INITIALIZED',
    ExitCode.NO_INPUT,
    'there is no vault yet, and so no secret',
    "run 'tenure secret init' once; secrets whose source is elsewhere are named in it, too",
  );
}
