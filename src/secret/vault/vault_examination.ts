import { decryptVault } from './vault_decryption.js';
import { findVault, readVaultFiles, vaultPaths } from './vault_files.js';
import { VaultUnreadable } from './vault_unreadable.js';

/** What a look at the vault found; nothing of what it holds but how much. */
export interface ExaminedVault {
  readonly exists: boolean;
  /** How many it has; undefined where it can't be read, or there is none. */
  readonly secrets: number | undefined;
  /** Paths that others may look into, each with its mode, such as `0644`. */
  readonly open: readonly { readonly path: string; readonly mode: string }[];
  /** What is wrong, and what to do; empty where nothing is. */
  readonly fault: string;
}

/** Reads and decrypts the vault, and changes nothing. */
export async function examineVault(folder: string, ownUid: number): Promise<ExaminedVault> {
  try {
    const paths = vaultPaths(folder);
    const { isVault, open } = findVault(paths, ownUid);
    const modes = open.map(({ path, mode }) => ({ path, mode: mode.toString(8).padStart(4, '0') }));
    if (!isVault) return { exists: false, secrets: undefined, open: modes, fault: '' };
    const { document } = await decryptVault(paths, readVaultFiles(paths));
    return { exists: true, secrets: document.secrets.size, open: modes, fault: '' };
  } catch (error) {
    if (!(error instanceof VaultUnreadable)) throw error;
    return { exists: true, secrets: undefined, open: [], fault: error.message };
  }
}
