import { getSystemErrorName } from 'node:util';
import koffi from 'koffi';

/** A call to the kernel that failed; `code` such as `EMFILE`. */
export class SystemCallError extends Error {
  override readonly name = 'SystemCallError';
  readonly call: string;
  readonly code: string;

  constructor(call: string, errno: number) {
    const code = getSystemErrorName(-errno);
    super(`${call} failed with ${code}`);
    this.call = call;
    this.code = code;
  }
}

/** What is needed of the C library. Every call answers -1 where it failed. */
export interface Libc {
  flock(fd: number, operation: number): number;
  getsockopt(fd: number, level: number, option: number, value: Uint32Array, length: Uint32Array): number;
  poll(descriptors: Int32Array, count: number, timeoutMs: number): number;
  pipe2(ends: Int32Array, flags: number): number;
  clockGettime(clock: number, timespec: BigInt64Array): number;
  syscall(number: number, a: number, b: number, c: number, d: number): number;
}

let loaded: Libc | undefined;

/** The C library that node itself runs on, glibc or musl. */
export function libc(): Libc {
  loaded ??= load();
  return loaded;
}

function load(): Libc {
  if (process.platform !== 'linux') {
    throw new Error(`Tenure's daemon needs Linux (it asks the kernel about processes); this is ${process.platform}`);
  }
  const library = koffi.load(null);
  return {
    flock: library.func('int flock(int fd, int operation)'),
    getsockopt: library.func('int getsockopt(int fd, int level, int option, void *value, void *length)'),
    poll: library.func('int poll(void *descriptors, unsigned long count, int timeout)'),
    pipe2: library.func('int pipe2(void *ends, int flags)'),
    clockGettime: library.func('int clock_gettime(int clock, void *timespec)'),
    syscall: library.func('long syscall(long number, long a, long b, long c, long d)'),
  };
}

/** The error of the call just made. */
export function lastError(call: string): SystemCallError {
  return new SystemCallError(call, koffi.errno());
}
