import { replaceFile } from '../../os/atomic_file.js';
import { errnoOf, messageOf } from '../../os/errno.js';
import { Refusal } from '../../rpc/refusal.js';
import { QueuedVault, type VaultStorage } from './queued_vault.js';
import { encodeVault } from './vault_codec.js';
import { decryptVault, type OpenedVault } from './vault_decryption.js';
import { EMPTY_DOCUMENT, type VaultDocument } from './vault_document.js';
import { encryptFor, makeIdentity } from './vault_encryption.js';
import { type ReadingParts, readVault, type VaultPaths, vaultPaths } from './vault_files.js';
import { destroyVault, makeVault, removeLeftovers } from './vault_folder.js';
import type { Vault } from './vault_port.js';

export interface VaultParts extends Omit<ReadingParts, 'paths'> {
  readonly folder: string;
  /** Writes a file in one step; tests hand in what fails. */
  readonly replace?: typeof replaceFile;
}

/** Opens the vault that is in `folder`; where there is none, `init` makes it there. Rejects with VaultUnreadable. */
export async function openVault({ folder, replace = replaceFile, ...reading }: VaultParts): Promise<Vault> {
  const paths = vaultPaths(folder);
  const bytes = readVault({ paths, ...reading });
  const opened = bytes && (await decryptVault(paths, bytes));
  try {
    removeLeftovers(folder);
  } catch {
    // They are in nobody's way, and a disk that can't be written says so with the first write.
  }
  const storage = new FileStorage(paths, replace, opened);
  return new QueuedVault(storage, opened && { recipient: opened.recipient, document: opened.document });
}

class FileStorage implements VaultStorage {
  readonly #paths: VaultPaths;
  readonly #replace: typeof replaceFile;
  /** The identity itself is not kept: only a start needs it. */
  #recipient: string;
  #generation: number;

  constructor(paths: VaultPaths, replace: typeof replaceFile, opened: OpenedVault | undefined) {
    this.#paths = paths;
    this.#replace = replace;
    this.#recipient = opened?.recipient ?? '';
    this.#generation = opened?.generation ?? 0;
  }

  async create(): Promise<string> {
    try {
      const { identity, recipient } = await makeIdentity();
      const generation = 1;
      const encrypted = await encryptFor(recipient, encodeVault({ generation, document: EMPTY_DOCUMENT }));
      makeVault(
        this.#paths,
        { identity: Buffer.from(`${identity}\n`), encrypted: Buffer.from(encrypted) },
        this.#replace,
      );
      this.#recipient = recipient;
      this.#generation = generation;
      return recipient;
    } catch (error) {
      if (errnoOf(error) === 'ENOTEMPTY' || errnoOf(error) === 'EEXIST') throw occupied(this.#paths.folder);
      throw notWritten(this.#paths.folder, error);
    }
  }

  async write(document: VaultDocument): Promise<void> {
    try {
      const generation = this.#generation + 1;
      const encrypted = await encryptFor(this.#recipient, encodeVault({ generation, document }));
      this.#replace(this.#paths.encrypted, encrypted);
      this.#generation = generation;
    } catch (error) {
      throw notWritten(this.#paths.folder, error);
    }
  }

  async destroy(): Promise<boolean> {
    try {
      return destroyVault(this.#paths);
    } catch (error) {
      throw new Refusal(
        'VAULT_NOT_WRITTEN',
        `the vault is out of use, but not all of it could be deleted (${messageOf(error)}); delete it by hand`,
      );
    }
  }
}

/** What a write that failed is told as. */
export function notWritten(folder: string, error: unknown): Refusal {
  const code = errnoOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new Refusal('STORE_FULL', 'the disk of the state folder is full; make room and try again');
  }
  return new Refusal(
    'VAULT_NOT_WRITTEN',
    `the vault in ${folder} could not be written (${code ?? messageOf(error)}) and is as it was; mend that and try again`,
  );
}

function occupied(folder: string): Refusal {
  return new Refusal(
    'VAULT_NOT_WRITTEN',
    `${folder} holds files that tenured did not find there when it started; restart it if they are a vault, else move them away`,
  );
}
