import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { notWritten } from './vault.js';
import { vaultPaths } from './vault_files.js';

/** For a new value, and for what a full disk rounds up. */
const MORE_BYTES = 256 * 1024;
const ZEROS = Buffer.alloc(64 * 1024);

/** Gives the room back, once; harmless after that. */
export type GiveBack = () => void;

/**
 * Takes as much room on the disk as the vault's next write needs, so that
 * whatever fills the disk meanwhile leaves that. The file is named as an
 * interrupted write's, which the next opening deletes. Throws a Refusal
 * where there is no such room.
 */
export function setRoomAside(folder: string): GiveBack {
  const path = join(folder, `.new-${randomBytes(6).toString('hex')}`);
  const giveBack = (): void => rmSync(path, { force: true });
  try {
    const wanted = statSync(vaultPaths(folder).encrypted).size + MORE_BYTES;
    const file = openSync(path, 'wx', 0o600);
    try {
      for (let at = 0; at < wanted; ) at += writeSync(file, ZEROS, 0, Math.min(ZEROS.length, wanted - at));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    giveBack();
    throw notWritten(folder, error);
  }
  return giveBack;
}
