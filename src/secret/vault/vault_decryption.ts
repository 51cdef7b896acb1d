import { messageOf } from '../../os/errno.js';
import { decodeVault, type VaultContent } from './vault_codec.js';
import { decryptWith, findIdentity, recipientOf } from './vault_encryption.js';
import type { VaultBytes, VaultPaths } from './vault_files.js';
import { VaultUnreadable } from './vault_unreadable.js';

/** Begins every age file; what does not is damaged at its very start. */
const AGE_INTRO = 'age-encryption.org/v1\n';

export interface OpenedVault extends VaultContent {
  readonly recipient: string;
}

/** What the two files of a vault hold. Rejects with VaultUnreadable. */
export async function decryptVault(
  { folder, identity, encrypted }: VaultPaths,
  bytes: VaultBytes,
): Promise<OpenedVault> {
  const key = findIdentity(bytes.identity.toString());
  const recipient = key && (await recipientOf(key));
  if (key === undefined || recipient === undefined) {
    throw new VaultUnreadable(folder, identity, 'is no age identity, or is damaged');
  }
  if (bytes.encrypted.toString('latin1', 0, AGE_INTRO.length) !== AGE_INTRO) {
    throw new VaultUnreadable(folder, encrypted, 'is no age file, or is damaged at its beginning');
  }
  let plain: Uint8Array;
  try {
    plain = await decryptWith(key, bytes.encrypted);
  } catch {
    // Why is of no use to anybody: any fault of one byte, or another key, ends here.
    throw new VaultUnreadable(folder, encrypted, `is cut short or changed, or was not encrypted for ${identity}`);
  }
  try {
    return { recipient, ...decodeVault(plain) };
  } catch (error) {
    throw new VaultUnreadable(folder, encrypted, `can be decrypted, but ${messageOf(error)}`);
  }
}
