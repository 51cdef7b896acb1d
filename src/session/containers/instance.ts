import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';
const LENGTH = 12;

/**
 * Names the daemon of a state folder among all that use the same podman. By
 * the folder's place and user, not by chance: whoever removes the folder and
 * begins anew still knows its old containers as its own.
 */
export function instanceOf(stateDir: string, uid: number): string {
  const hash = createHash('sha256')
    .update(`${uid}:${realpathSync(stateDir)}`)
    .digest();
  return [...hash.subarray(0, LENGTH)].map((byte) => LETTERS[byte % LETTERS.length]).join('');
}
