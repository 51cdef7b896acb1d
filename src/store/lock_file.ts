import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LOCK_FILE = 'lock.mdb';
/** Room for LMDB's header and far more readers than one process has. */
const LOCK_BYTES = 8192;

/**
 * Gives LMDB a lock file that is on the disk in full: it maps the file into
 * memory, where a hole that the disk has no room for would kill the process.
 * Only while no other process has the environment open.
 */
export function prepareLockFile(folder: string): void {
  const path = join(folder, LOCK_FILE);
  if (statSync(path, { throwIfNoEntry: false })?.size === LOCK_BYTES) return;
  rmSync(path, { force: true });
  writeFileSync(path, Buffer.alloc(LOCK_BYTES), { mode: 0o600 });
}
