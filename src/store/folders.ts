import { chmodSync, closeSync, fsyncSync, lstatSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolders } from '../os/make_folders.js';
import { failedError } from './faults.js';

/** A folder for us alone; one that is too open is closed to others. */
export function ensurePrivateFolder(path: string): void {
  makeFolders(path);
  const found = lstatSync(path);
  if (!found.isDirectory()) throw failedError(path, new Error('it is no folder of its own'));
  if ((found.mode & 0o077) !== 0) chmodSync(path, 0o700);
}

/** Takes group's and others' rights from every file in the folder. */
export function tightenFiles(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(folder, entry.name);
    if ((lstatSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  }
}

/** Makes renames and new names in the folder survive a power loss. */
export function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
