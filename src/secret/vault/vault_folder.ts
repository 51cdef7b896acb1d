import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type replaceFile, syncFolder } from '../../os/atomic_file.js';
import { errnoOf } from '../../os/errno.js';
import { VAULT_FILES, type VaultBytes, type VaultPaths, vaultPaths } from './vault_files.js';

/** What an interrupted `replaceFile` leaves. */
const HALF_WRITTEN = /^\.new-[0-9a-f]{12}$/;
const SUFFIX = /^[0-9a-f]{12}$/;
const ZEROS = Buffer.alloc(65_536);

/**
 * Makes the folder with both files in one step: a crash leaves a whole vault
 * or none, and never half of one, which would look like a loss.
 */
export function makeVault({ folder }: VaultPaths, content: VaultBytes, replace: typeof replaceFile): void {
  let made = besideOf(folder, 'new');
  mkdirSync(made, { mode: 0o700 });
  try {
    const paths = vaultPaths(made);
    replace(paths.identity, content.identity);
    replace(paths.encrypted, content.encrypted);
    // Takes the place of an empty folder; one with anything in it stays.
    renameSync(made, folder);
    made = folder;
    syncFolder(dirname(folder));
  } catch (error) {
    try {
      emptyAndRemove(made);
    } catch {
      // What went wrong first says more; the next opening tries this again.
    }
    throw error;
  }
}

/**
 * Deletes the vault, so that not even the blocks of its identity can be read
 * again (as far as the file system lets one write over them). Answers whether
 * there was one. Files that are not the vault's stay where they are.
 */
export function destroyVault({ folder }: VaultPaths): boolean {
  const existed = namesIn(folder).some(isVaultFile);
  if (existed) {
    const aside = moveAside(folder);
    emptyAndRemove(aside);
    if (aside !== folder && existsSync(aside)) renameSync(aside, folder);
    syncFolder(dirname(folder));
  }
  removeLeftovers(folder);
  return existed;
}

/** Deletes what a crash left of making, writing or destroying a vault. */
export function removeLeftovers(folder: string): void {
  const parent = dirname(folder);
  for (const entry of readdirSync(parent, { withFileTypes: true })) {
    if (entry.isDirectory() && isLeftover(folder, entry.name)) emptyAndRemove(join(parent, entry.name));
  }
  for (const name of namesIn(folder)) if (HALF_WRITTEN.test(name)) unlinkSync(join(folder, name));
}

/** Out of the way in one step: a crash from here on leaves no vault, instead of half of one. */
function moveAside(folder: string): string {
  const aside = besideOf(folder, 'wiped');
  try {
    renameSync(folder, aside);
  } catch {
    // A full disk may refuse a new name, but hardly a deletion: then it is done in place.
    return folder;
  }
  return aside;
}

/** Tries every file whatever became of the ones before; throws the first fault. Other files stay, and the folder with them. */
function emptyAndRemove(folder: string): void {
  const faults: unknown[] = [];
  for (const name of namesIn(folder)) {
    if (!isVaultFile(name) && !HALF_WRITTEN.test(name)) continue;
    const path = join(folder, name);
    try {
      overwrite(path);
    } catch {
      // Deleting it matters more, and may still work.
    }
    try {
      unlinkSync(path);
    } catch (error) {
      faults.push(error);
    }
  }
  if (faults.length > 0) throw faults[0];
  try {
    rmdirSync(folder);
  } catch (error) {
    if (errnoOf(error) !== 'ENOTEMPTY') throw error;
  }
}

function overwrite(path: string): void {
  const file = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size } = fstatSync(file);
    for (let at = 0; at < size; ) at += writeSync(file, ZEROS, 0, Math.min(ZEROS.length, size - at), at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function besideOf(folder: string, kind: 'new' | 'wiped'): string {
  return join(dirname(folder), `.${basename(folder)}-${kind}-${randomBytes(6).toString('hex')}`);
}

function isLeftover(folder: string, name: string): boolean {
  return ['new', 'wiped'].some((kind) => {
    const prefix = `.${basename(folder)}-${kind}-`;
    return name.startsWith(prefix) && SUFFIX.test(name.slice(prefix.length));
  });
}

function isVaultFile(name: string): boolean {
  return VAULT_FILES.includes(name);
}

function namesIn(folder: string): string[] {
  return lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder) : [];
}
