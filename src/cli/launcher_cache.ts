import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Script } from 'node:vm';

/** The cache that the build made, for the Node that ran it. */
export function shippedCacheName(bundle: string): string {
  return `${bundle}-${process.version}-${process.arch}.cache`;
}

export interface UserCache {
  readonly path: string;
  readonly cachedData: Buffer | undefined;
}

/**
 * The user's own cache for this Node, its flags and this build of the command
 * line; V8's tag covers the first two. Undefined where no place can be named.
 */
export function readUserCache(bundlePath: string): UserCache | undefined {
  try {
    const bundle = statSync(bundlePath);
    const folder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'tenure');
    // Here alone, for loading node:v8 takes as long as it saves.
    const tag = process.getBuiltinModule('node:v8').cachedDataVersionTag();
    const path = join(
      folder,
      `${basename(bundlePath, '.cjs')}-${tag}-${bundle.size}-${Math.trunc(bundle.mtimeMs)}.cache`,
    );
    return { path, cachedData: readOwn(path) };
  } catch {
    return undefined;
  }
}

/** A code cache is code: another user's file is never taken. */
function readOwn(path: string): Buffer | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return undefined;
  }
  try {
    const found = fstatSync(fd);
    const own = found.isFile() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
    return own ? readFileSync(fd) : undefined;
  } finally {
    closeSync(fd);
  }
}

/** Written beside and renamed, so that no reader sees half of it. A failure costs only time. */
export function writeCache(path: string, script: Script): void {
  const temporary = `${path}.${process.pid}`;
  try {
    const folder = dirname(path);
    // One by one: Node's `recursive` never returns below a folder such as /proc.
    for (const each of [dirname(folder), folder]) if (!existsSync(each)) mkdirSync(each, { mode: 0o700 });
    writeFileSync(temporary, script.createCachedData(), { mode: 0o600 });
    renameSync(temporary, path);
  } catch {
    discard(temporary);
  }
}

function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It could not even be looked for: there is nothing to discard.
  }
}
