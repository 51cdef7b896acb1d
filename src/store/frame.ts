import { crc32 } from 'node:zlib';

/** Format of the bytes around every stored value. */
const FRAME_VERSION = 1;
/** One byte of version, four of checksum. */
const HEADER_BYTES = 5;

/** Wraps a value so that damage to it, or to its key, is noticed when it is read. */
export function frame(key: Uint8Array, payload: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  framed[0] = FRAME_VERSION;
  framed.writeUInt32LE(checksum(key, payload), 1);
  framed.set(payload, HEADER_BYTES);
  return framed;
}

/** The value as it was written, or what is wrong with it. */
export function unframe(key: Uint8Array, framed: Buffer): { payload: Buffer } | { fault: string } {
  if (framed.length < HEADER_BYTES) return { fault: 'a value is cut short' };
  const version = framed[0];
  if (version !== FRAME_VERSION) return { fault: `a value has the unknown format ${version}` };
  const payload = framed.subarray(HEADER_BYTES);
  if (framed.readUInt32LE(1) !== checksum(key, payload)) return { fault: 'a value does not match its checksum' };
  return { payload };
}

function checksum(key: Uint8Array, payload: Uint8Array): number {
  return crc32(payload, crc32(key));
}
