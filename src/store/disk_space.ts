import { statfsSync } from 'node:fs';

/** File systems that write changed bytes elsewhere: btrfs, ZFS, bcachefs. From linux/magic.h and their sources. */
const COPY_ON_WRITE = new Set([0x9123683e, 0x2fc12fc1, 0xca451a4e]);

/** What an ordinary user may still write there. */
export function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

/** Whether bytes that were written once can be written again on a full disk. */
export function writesInPlace(path: string): boolean {
  return !COPY_ON_WRITE.has(statfsSync(path).type);
}
