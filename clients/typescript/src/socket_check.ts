import { lstatSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { status } from '@grpc/grpc-js';
import { TenureError } from './errors.js';

/** Longest path of a Unix socket on Linux, in bytes; Node cuts a longer one in silence. */
const LONGEST_SOCKET_PATH = 107;

/**
 * Checks what can be seen of a socket before anything is sent to it.
 *
 * @returns whether there is a socket; none is no error.
 * @throws TenureError with FOREIGN_SOCKET where the socket or its folder is a
 *   link, somebody else's, or open to others.
 */
export function checkSocket(socketPath: string): boolean {
  const bytes = Buffer.byteLength(socketPath);
  if (bytes > LONGEST_SOCKET_PATH) {
    throw new TenureError(
      'INVALID_FIELD',
      `the socket's path has ${bytes} bytes, the system allows ${LONGEST_SOCKET_PATH}: set TENURE_SOCKET to a shorter one`,
      { code: status.INVALID_ARGUMENT, metadata: { socket_path: socketPath } },
    );
  }
  const folder = dirname(socketPath);
  const folderStats = statOf(folder);
  if (folderStats === undefined) {
    return false;
  }
  refuseForeign(folder, folderFault(folderStats), mayMend(folderStats) ? `chmod go-w ${folder}` : undefined);
  const socketStats = statOf(socketPath);
  if (socketStats === undefined) {
    return false;
  }
  refuseForeign(socketPath, socketFault(socketStats));
  return true;
}

function folderFault(stats: Stats): string | undefined {
  if (!stats.isDirectory()) {
    return 'is a link or no folder';
  }
  const openToOthers = (stats.mode & 0o022) !== 0;
  const sticky = (stats.mode & 0o1000) !== 0;
  // In a sticky folder such as /tmp nobody can replace another's socket.
  return ownerFault(stats) ?? (openToOthers && !sticky ? 'may be written by others' : undefined);
}

function socketFault(stats: Stats): string | undefined {
  return stats.isSocket() ? ownerFault(stats) : 'is a link or no socket';
}

function ownerFault(stats: Stats): string | undefined {
  const own = process.getuid?.();
  return own === undefined || stats.uid === own || stats.uid === 0
    ? undefined
    : `belongs to uid ${stats.uid}, not to uid ${own}`;
}

/** Its owner can take the right to write away from others. */
function mayMend(stats: Stats): boolean {
  return stats.isDirectory() && stats.uid === process.getuid?.();
}

function refuseForeign(path: string, fault: string | undefined, remedy: string = otherPlace()): void {
  if (fault !== undefined) {
    throw new TenureError('FOREIGN_SOCKET', `${path} ${fault}: not connecting; ${remedy}`, {
      code: status.FAILED_PRECONDITION,
      metadata: { path },
    });
  }
}

function otherPlace(): string {
  return process.env['TENURE_SOCKET']
    ? 'check TENURE_SOCKET'
    : 'name a socket in a folder of your own with TENURE_SOCKET';
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (isMissing(error)) {
      return undefined;
    }
    throw new TenureError('FOREIGN_SOCKET', `${path} can't be looked at: not connecting; ${otherPlace()}`, {
      code: status.FAILED_PRECONDITION,
      metadata: { path },
      cause: error,
    });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
