/** LMDB's own limit is 1,978 bytes. */
const MAX_KEY_BYTES = 1_900;
const REVISION_BYTES = 8;
const HIGH_WORD = 2 ** 32;

export function recordKey(key: string): Buffer {
  const bytes = Buffer.from(key);
  if (bytes.length === 0 || bytes.length > MAX_KEY_BYTES) {
    throw new RangeError(`a record's key has 1 to ${MAX_KEY_BYTES} bytes, not ${bytes.length}`);
  }
  return bytes;
}

/** Big-endian, so that byte order is revision order. */
export function revisionBytes(revision: number): Buffer {
  if (!Number.isSafeInteger(revision) || revision < 0) {
    throw new RangeError(`a revision is a whole number from 0 to 2^53 - 1, not ${revision}`);
  }
  const bytes = Buffer.allocUnsafe(REVISION_BYTES);
  bytes.writeUInt32BE(Math.floor(revision / HIGH_WORD), 0);
  bytes.writeUInt32BE(revision % HIGH_WORD, 4);
  return bytes;
}

/** Undefined where the bytes are no revision. */
export function readRevision(bytes: Buffer): number | undefined {
  if (bytes.length !== REVISION_BYTES) return undefined;
  const revision = bytes.readUInt32BE(0) * HIGH_WORD + bytes.readUInt32BE(4);
  return Number.isSafeInteger(revision) ? revision : undefined;
}
