/**
 * The pid that has flock(2)ed the file of this inode, by the text of
 * /proc/locks; undefined where none has. Its device is not compared: on
 * overlay file systems stat(2) tells another one.
 */
export function lockHolder(locks: string, inode: bigint): number | undefined {
  for (const line of locks.split('\n')) {
    // `1: FLOCK  ADVISORY  WRITE 812 08:01:131077 0 EOF`; waiters have `->` after the number.
    const [, kind, , access, pid, file] = line.trim().split(/\s+/);
    if (kind !== 'FLOCK' || access !== 'WRITE') continue;
    if (file?.split(':')[2] === String(inode) && Number(pid) > 0) return Number(pid);
  }
  return undefined;
}
