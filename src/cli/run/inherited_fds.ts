import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** An open descriptor, as /proc tells of it. */
export interface OpenFd {
  readonly fd: number;
  /** What it links to: `/some/file`, `pipe:[123]`, `anon_inode:[eventfd]`, … */
  readonly target: string;
  /** The open flags of fdinfo. */
  readonly flags: number;
}

const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;

/**
 * Those of the descriptors from 3 up that the process was started with.
 *
 * Node marks the low ones close-on-exec at its start, so the flag doesn't
 * tell them from Node's own. What is Node's own is known: event loops, event
 * descriptors, pairs of non-blocking pipe ends, and one blocking pair, which
 * libuv opens right after its first event loop.
 */
export function selectInherited(open: readonly OpenFd[]): number[] {
  const ends = new Map<string, OpenFd[]>();
  for (const one of open) {
    if (one.target.startsWith('pipe:')) ends.set(one.target, [...(ends.get(one.target) ?? []), one]);
  }
  const firstLoop = open.find((one) => one.target === 'anon_inode:[eventpoll]')?.fd ?? Number.POSITIVE_INFINITY;
  const isPair = (one: OpenFd) => ends.get(one.target)?.length === 2;
  const libuvLock = open.find((one) => one.fd > firstLoop && isPair(one) && (one.flags & O_NONBLOCK) === 0);
  const isNodes = (one: OpenFd) =>
    /^anon_inode:\[(eventpoll|eventfd|io_uring)\]$/.test(one.target) ||
    (libuvLock !== undefined && one.target === libuvLock.target) ||
    (isPair(one) && (ends.get(one.target) ?? []).every((end) => (end.flags & O_NONBLOCK) !== 0));
  return open.filter((one) => one.fd > 2 && ((one.flags & O_CLOEXEC) === 0 || !isNodes(one))).map((one) => one.fd);
}

/** To be called before anything opens descriptors of its own. Empty where there is no /proc. */
export function findInheritedFds(): number[] {
  let names: string[];
  try {
    names = readdirSync('/proc/self/fd');
  } catch {
    return [];
  }
  const open = names.map((name) => describe(Number(name))).filter((one) => one !== undefined);
  return selectInherited(open.sort((a, b) => a.fd - b.fd));
}

/** Undefined for the descriptor that read the list, which is closed by now. */
function describe(fd: number): OpenFd | undefined {
  try {
    const target = readlinkSync(`/proc/self/fd/${fd}`);
    const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1];
    return { fd, target, flags: Number.parseInt(flags ?? '0', 8) };
  } catch {
    return undefined;
  }
}
