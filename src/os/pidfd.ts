import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { lastError, libc } from './libc.js';
import { pollReadable } from './poll.js';

/** The same on every architecture, like all system calls since 2019. */
const SYS_PIDFD_SEND_SIGNAL = 424;
const SYS_PIDFD_OPEN = 434;

/** A descriptor that stands for the process itself, never for a later one of the same pid. Undefined: no such process. */
export function openPidfd(pid: number): number | undefined {
  const fd = libc().syscall(SYS_PIDFD_OPEN, pid, 0, 0, 0);
  if (fd >= 0) return fd;
  const error = lastError('pidfd_open');
  if (error.code === 'ESRCH') return undefined;
  throw error;
}

/** Whether the process of a pidfd has ended. */
export function hasEnded(pidfd: number): boolean {
  return pollReadable([pidfd]).length > 0;
}

/** False: the process has ended. */
export function sendSignal(pidfd: number, signal: NodeJS.Signals): boolean {
  const number = constants.signals[signal];
  if (libc().syscall(SYS_PIDFD_SEND_SIGNAL, pidfd, number, 0, 0) === 0) return true;
  const error = lastError('pidfd_send_signal');
  if (error.code === 'ESRCH') return false;
  throw error;
}

export function closeFd(fd: number): void {
  closeSync(fd);
}
