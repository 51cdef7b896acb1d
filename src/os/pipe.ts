import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { lastError, libc } from './libc.js';

/** The same on all that node runs on. */
const O_CLOEXEC = 0o2000000;

/**
 * A pipe between this process and one that it starts. What node makes by
 * itself are sockets, and those a program cannot open as /dev/stdin or
 * /dev/stdout.
 */
export interface ChildPipe {
  /** The child's end, to be closed here once the child has it. */
  readonly theirs: number;
  /** Closes its descriptor when it is destroyed. */
  readonly ours: Socket;
}

/** For what the child writes. Throws where there is no descriptor left. */
export function pipeFromChild(): ChildPipe {
  const [read, write] = openPipe();
  return { theirs: write, ours: wrap(read, write, { readable: true, writable: false }) };
}

/** For what the child reads. Throws where there is no descriptor left. */
export function pipeToChild(): ChildPipe {
  const [read, write] = openPipe();
  return { theirs: read, ours: wrap(write, read, { readable: false, writable: true }) };
}

/** The end to read from, and that to write to; no child inherits either unless it is given it. */
export function openPipe(): readonly [number, number] {
  const ends = new Int32Array(2);
  if (libc().pipe2(ends, O_CLOEXEC) !== 0) throw lastError('pipe2');
  const [read = -1, write = -1] = ends;
  return [read, write];
}

function wrap(own: number, other: number, use: { readable: boolean; writable: boolean }): Socket {
  try {
    return new Socket({ fd: own, ...use });
  } catch (error) {
    closeSync(own);
    closeSync(other);
    throw error;
  }
}
