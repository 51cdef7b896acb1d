import { chmodSync, lstatSync, readFileSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, messageOf } from '../../os/errno.js';
import { VaultUnreadable } from './vault_unreadable.js';

const OTHERS = 0o077;
const IDENTITY = 'identity';
const ENCRYPTED = 'vault.age';

export const VAULT_FILES: readonly string[] = [IDENTITY, ENCRYPTED];

/** The vault's folder, and the two files in it. */
export interface VaultPaths {
  readonly folder: string;
  /** What reads the vault: an age identity. */
  readonly identity: string;
  /** The encrypted document. */
  readonly encrypted: string;
}

export interface VaultBytes {
  readonly identity: Buffer;
  readonly encrypted: Buffer;
}

export interface ReadingParts {
  readonly paths: VaultPaths;
  readonly ownUid: number;
  /** Told of what others could look into, with the mode it had; it is private now. */
  readonly onTightened: (path: string, mode: number) => void;
}

export function vaultPaths(folder: string): VaultPaths {
  return { folder, identity: join(folder, IDENTITY), encrypted: join(folder, ENCRYPTED) };
}

/** Both files; undefined where there is neither. Throws VaultUnreadable. */
export function readVault({ paths, ownUid, onTightened }: ReadingParts): VaultBytes | undefined {
  const { isVault, open } = findVault(paths, ownUid);
  tighten(paths.folder, open, onTightened);
  return isVault ? readVaultFiles(paths) : undefined;
}

/** What there is of a vault, looked at and no more. */
interface FoundVault {
  readonly isVault: boolean;
  /** What others may look into. */
  readonly open: readonly { readonly path: string; readonly mode: number }[];
}

/** Throws VaultUnreadable where it is half there, or not what a vault may be. */
export function findVault({ folder, identity, encrypted }: VaultPaths, ownUid: number): FoundVault {
  const entries = [folder, identity, encrypted].map((path) => ({ path, facts: look(folder, path) }));
  for (const { path, facts } of entries) {
    const fault = facts && faultOf(facts, path === folder, ownUid);
    if (fault !== undefined) throw new VaultUnreadable(folder, path, fault);
  }
  const missing = entries.filter(({ facts }) => facts === undefined).map(({ path }) => path);
  const isVault = !missing.includes(identity) || !missing.includes(encrypted);
  const [lost] = missing;
  if (isVault && lost !== undefined) throw new VaultUnreadable(folder, lost, 'is missing');
  const open = entries.flatMap(({ path, facts }) =>
    facts === undefined || (facts.mode & OTHERS) === 0 ? [] : [{ path, mode: facts.mode & 0o7777 }],
  );
  return { isVault, open };
}

export function readVaultFiles({ folder, identity, encrypted }: VaultPaths): VaultBytes {
  return { identity: read(folder, identity), encrypted: read(folder, encrypted) };
}

function look(folder: string, path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // What is no folder has nothing in it.
    if (errnoOf(error) === 'ENOTDIR') return undefined;
    throw unreadable(folder, path, "can't be read", error);
  }
}

function faultOf(facts: Stats, isFolder: boolean, ownUid: number): string | undefined {
  if (facts.isSymbolicLink()) return 'is a link, which a vault must not be';
  if (isFolder && !facts.isDirectory()) return 'is not a folder';
  if (!isFolder && !facts.isFile()) return 'is not a regular file';
  if (facts.uid !== ownUid) return `belongs to uid ${facts.uid}, not to uid ${ownUid}`;
  return !isFolder && facts.size === 0 ? 'is empty' : undefined;
}

function tighten(folder: string, open: FoundVault['open'], onTightened: ReadingParts['onTightened']): void {
  for (const { path, mode } of open) {
    try {
      chmodSync(path, mode & 0o700);
    } catch (error) {
      throw unreadable(folder, path, "is open to others, and its mode can't be changed", error);
    }
    onTightened(path, mode);
  }
}

function read(folder: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw unreadable(folder, path, "can't be read", error);
  }
}

function unreadable(folder: string, path: string, fault: string, error: unknown): VaultUnreadable {
  return new VaultUnreadable(folder, path, `${fault} (${errnoOf(error) ?? messageOf(error)})`);
}
