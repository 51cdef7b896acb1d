import { randomBytes } from 'node:crypto';
import { closeSync, constants, fchmodSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFileOnce } from '../os/atomic_file.js';
import { errnoOf, messageOf } from '../os/errno.js';
import { ExitCode, StartFailure } from './start_failure.js';

/** HMAC-SHA256 gains nothing from more. */
const KEY_BYTES = 32;

/** The key that signs tokens: made once, kept 0600 in the state folder, never replaced silently. */
export function openSigningKey(stateDir: string, ownUid: number): Uint8Array {
  const path = join(stateDir, 'key');
  const existing = readKey(path, ownUid);
  if (existing !== undefined) return existing;
  try {
    createFileOnce(path, randomBytes(KEY_BYTES));
  } catch (error) {
    throw new StartFailure(ExitCode.CANNOT_CREATE, `cannot make ${path}: ${messageOf(error)}`, { cause: error });
  }
  const made = readKey(path, ownUid);
  if (made === undefined) throw new StartFailure(ExitCode.CANNOT_CREATE, `${path} vanished while it was made`);
  return made;
}

function readKey(path: string, ownUid: number): Uint8Array | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw new StartFailure(ExitCode.STORE_FAILED, `cannot read the signing key ${path}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  try {
    const facts = fstatSync(file);
    if (!facts.isFile() || facts.uid !== ownUid) {
      throw new StartFailure(ExitCode.STORE_FAILED, `the signing key ${path} is not a file of yours; move it away`);
    }
    if (facts.size !== KEY_BYTES) {
      throw new StartFailure(
        ExitCode.STORE_FAILED,
        `the signing key ${path} has ${facts.size} bytes instead of ${KEY_BYTES}; restore it from a backup, or delete it: ` +
          'a new one is made then, and tokens given out before no longer work',
      );
    }
    if ((facts.mode & 0o077) !== 0) fchmodSync(file, 0o600);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}
