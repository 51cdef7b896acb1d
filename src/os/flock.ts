import { lastError, libc } from './libc.js';

/** LOCK_EX | LOCK_NB */
const EXCLUSIVE_NOW = 2 | 4;

/**
 * Takes the exclusive lock of an open file, or answers false where another
 * open file has it. The kernel frees it when the descriptor is closed, also
 * by kill -9; children do not inherit it.
 */
export function tryLock(fd: number): boolean {
  if (libc().flock(fd, EXCLUSIVE_NOW) === 0) return true;
  const error = lastError('flock');
  // EWOULDBLOCK has the number of EAGAIN.
  if (error.code === 'EAGAIN') return false;
  throw error;
}
