import type { Socket } from 'node:net';
import { lastError, libc } from './libc.js';

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
/** Linux 6.5 and later. */
const SO_PEERPIDFD = 77;

/** Who made the connection, as the kernel noted it then. */
export interface PeerCredentials {
  /** 0 where the peer's pid namespace cannot be seen from here. */
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

export function peerCredentials(fd: number): PeerCredentials {
  // struct ucred
  const words = new Uint32Array(3);
  if (libc().getsockopt(fd, SOL_SOCKET, SO_PEERCRED, words, Uint32Array.of(words.byteLength)) !== 0) {
    throw lastError('getsockopt(SO_PEERCRED)');
  }
  const [pid = 0, uid = 0, gid = 0] = words;
  return { pid, uid, gid };
}

/**
 * A pidfd of the process that made the connection, which no reuse of its pid
 * can fool. Undefined where there is none to be had: an older kernel, or no
 * descriptor left.
 */
export function peerPidfd(fd: number): number | 'gone' | undefined {
  const word = new Uint32Array(1);
  if (libc().getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, word, Uint32Array.of(word.byteLength)) === 0) return word[0];
  const error = lastError('getsockopt(SO_PEERPIDFD)');
  switch (error.code) {
    // What says that the process is gone differs between kernels.
    case 'ESRCH':
    case 'ENODATA':
    case 'EINVAL':
      return 'gone';
    case 'ENOPROTOOPT':
    case 'EMFILE':
    case 'ENFILE':
      return undefined;
    default:
      throw error;
  }
}

/** The descriptor behind a connection that node accepted; undefined once it is closed. */
export function socketFd(socket: Socket): number | undefined {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null || !('fd' in handle)) return undefined;
  return typeof handle.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined;
}
