/** A whole-file lock as `/proc/locks` shows it. */
export interface HeldLock {
  readonly pid: number;
  readonly major: number;
  readonly minor: number;
  readonly inode: number;
}

/** `3: FLOCK  ADVISORY  WRITE 29176 fe:00:2173363 0 EOF`; those who wait have an arrow before the kind. */
const FLOCK = /^\d+: FLOCK\s+\S+\s+WRITE\s+(\d+) ([\da-f]+):([\da-f]+):(\d+) /gm;

/** The locks taken by flock(2). Holders that can't be seen from here have no pid, and are left out. */
export function parseHeldLocks(text: string): readonly HeldLock[] {
  return [...text.matchAll(FLOCK)]
    .map(([, pid, major, minor, inode]) => ({
      pid: Number(pid),
      major: Number.parseInt(major ?? '', 16),
      minor: Number.parseInt(minor ?? '', 16),
      inode: Number(inode),
    }))
    .filter(({ pid }) => pid > 0);
}

/** Whether a file's device, as stat gives it, is the one in the lock. */
export function isDevice(dev: number, { major, minor }: HeldLock): boolean {
  // 32 bits of it are in use: twelve of the major number, twenty of the minor one, in two parts.
  const low = dev % 2 ** 32;
  return ((low >>> 8) & 0xfff) === major && ((low & 0xff) | ((low >>> 12) & 0xfff00)) === minor;
}
