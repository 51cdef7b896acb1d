import { createHash } from 'node:crypto';

/** Longest name that the daemon takes, in bytes of UTF-8. */
const LONGEST_NAME = 1024;
/** Hexadecimal digits of SHA-256 kept: 128 bits, beyond chance collisions. */
const HASH_DIGITS = 32;

/**
 * A resource name for a path, however long: leading, trailing and doubled
 * slashes are dropped, and a name of more than 1,024 bytes becomes its
 * beginning, `~`, and a hash of the whole. The same path gives the same name
 * everywhere.
 */
export function resourceName(path: string): string {
  const name = path
    .split('/')
    .filter((part) => part !== '')
    .join('/');
  const bytes = Buffer.from(name);
  if (bytes.length <= LONGEST_NAME) {
    return name;
  }
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, HASH_DIGITS);
  let end = LONGEST_NAME - HASH_DIGITS - 1;
  // A cut inside a character would not be UTF-8: go back to its first byte.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) {
    end -= 1;
  }
  return `${bytes.subarray(0, end).toString()}~${hash}`;
}
