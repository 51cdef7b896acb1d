import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

let mountPoint: string | undefined;

/** The process's place in the unified hierarchy, such as `/user.slice/run-7.scope`. Undefined: gone, or a machine without one. */
export function cgroupOf(pid: number): string | undefined {
  const line = readOrEmpty(`/proc/${pid}/cgroup`)
    .split('\n')
    .find((each) => each.startsWith('0::'));
  return line?.slice('0::'.length);
}

/** Pids in a cgroup and all below it, as far as they can be read. */
export function cgroupMembers(cgroup: string): number[] {
  const root = cgroupMountPoint();
  return root === '' ? [] : membersBelow(join(root, cgroup));
}

/** Where the unified hierarchy is mounted; empty where it isn't. */
export function cgroupMountPoint(): string {
  mountPoint ??= findMountPoint();
  return mountPoint;
}

/** Whether one is the other, or above it. */
export function contains(cgroup: string, other: string): boolean {
  return cgroup === '/' || other === cgroup || other.startsWith(`${cgroup}/`);
}

function membersBelow(folder: string): number[] {
  const own = readOrEmpty(join(folder, 'cgroup.procs')).split('\n').filter(Boolean).map(Number);
  return own.concat(...subfolders(folder).map((name) => membersBelow(join(folder, name))));
}

function subfolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    // The cgroup has just been removed: nobody is in it.
    return [];
  }
}

/** In a line of mountinfo the fifth field is the mount point, and the type follows ` - `. */
function findMountPoint(): string {
  for (const line of readOrEmpty('/proc/self/mountinfo').split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    if (after.startsWith('cgroup2 ')) return before.split(' ')[4] ?? '';
  }
  return '';
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
