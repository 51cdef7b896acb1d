import { closeSync, constants, fchmodSync, fdatasync, fstatSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
const OTHERS = 0o077;
const PRIVATE_FILE = 0o600;

/** What the audit log does to its files: all that a full or failing disk can refuse. */
export interface AuditFiles {
  /** Opens a file for appending, for its owner alone; makes it where there is none. */
  open(path: string): number;
  /** Answers how many bytes were written, as the disk took them. */
  write(fd: number, bytes: Buffer, from: number): number;
  /** Resolves once all that was written is on the disk. */
  sync(fd: number): Promise<void>;
  close(fd: number): void;
  remove(path: string): void;
  /** Whether the file is still in its folder, and as long as it was left. */
  isInPlace(fd: number, bytes: number): boolean;
}

const syncFile = promisify(fdatasync);

export const systemFiles: AuditFiles = {
  open(path) {
    const fd = openSync(path, O_APPEND | O_CREAT | O_NOFOLLOW | O_WRONLY, PRIVATE_FILE);
    try {
      if ((fstatSync(fd).mode & OTHERS) !== 0) fchmodSync(fd, PRIVATE_FILE);
      return fd;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  },
  write: (fd, bytes, from) => writeSync(fd, bytes, from),
  sync: (fd) => syncFile(fd),
  close: closeSync,
  remove: unlinkSync,
  isInPlace(fd, bytes) {
    const { nlink, size } = fstatSync(fd);
    return nlink > 0 && size === bytes;
  },
};
