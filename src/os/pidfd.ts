import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { lastError, libc } from './libc.js';

/** The same on every architecture, like all system calls since 2019. */
const SYS_PIDFD_SEND_SIGNAL = 424;
const SYS_PIDFD_OPEN = 434;

const POLLIN = 0x001;
const POLLNVAL = 0x020;

/** Grows to the most descriptors ever asked for; two words each: the fd, then events and what happened. */
let pollBuffer = new Int32Array(128);
/** The second word of a pollfd as two shorts, in the byte order of the machine. */
const eventsWord = new Int32Array(new Int16Array([POLLIN, 0]).buffer)[0] ?? 0;

/** A descriptor that stands for the process itself, never for a later one of the same pid. Undefined: no such process. */
export function openPidfd(pid: number): number | undefined {
  const fd = libc().syscall(SYS_PIDFD_OPEN, pid, 0, 0, 0);
  if (fd >= 0) return fd;
  const error = lastError('pidfd_open');
  if (error.code === 'ESRCH') return undefined;
  throw error;
}

/** Those of the descriptors that are readable now: for pidfds, whose processes have ended. A zombie has ended. */
export function pollReadable(fds: readonly number[]): number[] {
  if (fds.length === 0) return [];
  if (pollBuffer.length < fds.length * 2) pollBuffer = new Int32Array(fds.length * 4);
  for (const [index, fd] of fds.entries()) {
    pollBuffer[index * 2] = fd;
    pollBuffer[index * 2 + 1] = eventsWord;
  }
  const ready = pollNow(fds.length);
  if (ready === 0) return [];
  const happened = new Int16Array(pollBuffer.buffer);
  return fds.filter((fd, index) => {
    const events = happened[index * 4 + 3] ?? 0;
    if ((events & POLLNVAL) !== 0) throw new Error(`descriptor ${fd} was polled after it was closed`);
    return events !== 0;
  });
}

function pollNow(count: number): number {
  for (;;) {
    const ready = libc().poll(pollBuffer, count, 0);
    if (ready >= 0) return ready;
    const error = lastError('poll');
    if (error.code !== 'EINTR') throw error;
  }
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
