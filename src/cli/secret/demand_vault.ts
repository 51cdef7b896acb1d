import type { Client } from '@tenure/client';
import { ExitCode } from '../exit_codes.js';
import { Failure } from '../failure.js';
import { HINTS } from '../hints.js';

/** Where nothing was found: throws if that is for want of a vault. */
export async function demandVault(client: Client): Promise<void> {
  const { status } = await client.health.getStatus();
  if (status?.secrets?.vaultInitialized !== false) return;
  throw new Failure(
    'VAULT_NOT_INITIALIZED',
    ExitCode.NO_INPUT,
    'there is no vault yet; it must be made first',
    HINTS.VAULT_NOT_INITIALIZED,
  );
}
