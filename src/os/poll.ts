import { lastError, libc } from './libc.js';

const POLLIN = 0x0001;
const POLLNVAL = 0x0020;
const POLLRDHUP = 0x2000;

/** struct pollfd as 16-bit words: two of the fd, what is asked, what is so. Grows to the most ever asked for. */
let descriptors = new Int32Array(128);

/** Those of the descriptors that can be read now. For a pidfd: its process has ended, a zombie too. */
export function pollReadable(fds: readonly number[]): number[] {
  return poll(fds, POLLIN);
}

/** Those of the sockets whose other side has closed, wholly or for writing. */
export function pollHungUp(fds: readonly number[]): number[] {
  return poll(fds, POLLRDHUP);
}

function poll(fds: readonly number[], asked: number): number[] {
  if (fds.length === 0) return [];
  if (descriptors.length < fds.length * 2) descriptors = new Int32Array(fds.length * 4);
  const events = new Int16Array(descriptors.buffer);
  for (const [index, fd] of fds.entries()) {
    descriptors[index * 2] = fd;
    events[index * 4 + 2] = asked;
    events[index * 4 + 3] = 0;
  }
  if (pollNow(fds.length) === 0) return [];
  return fds.filter((fd, index) => {
    const so = events[index * 4 + 3] ?? 0;
    if ((so & POLLNVAL) !== 0) throw new Error(`descriptor ${fd} was polled after it was closed`);
    return so !== 0;
  });
}

function pollNow(count: number): number {
  for (;;) {
    const ready = libc().poll(descriptors, count, 0);
    if (ready >= 0) return ready;
    const error = lastError('poll');
    if (error.code !== 'EINTR') throw error;
  }
}
