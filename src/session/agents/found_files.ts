import type { Dirent, Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../os/errno.js';

/** A file with what the file system says of it. */
export interface FoundFile {
  readonly path: string;
  readonly name: string;
  readonly stats: Stats;
}

/** Asked of the file system at once. */
const BATCH = 32;

/**
 * The files in a folder, and in its folders down to `depth` levels, whose
 * names match. None where there is no such folder; rejects where it can't be
 * read. What can't be read below it is left out.
 */
export async function findFiles(
  folder: string,
  depth: number,
  pattern: RegExp,
  signal: AbortSignal,
): Promise<readonly FoundFile[]> {
  try {
    return await filesBelow(folder, depth, pattern, signal);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

async function filesBelow(folder: string, depth: number, pattern: RegExp, signal: AbortSignal): Promise<FoundFile[]> {
  signal.throwIfAborted();
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter(({ name }) => pattern.test(name)).map(({ name }) => name);
  const found = await statAll(folder, names, signal);
  if (depth === 0) return found;
  for (const entry of entries.filter(mayBeFolder)) {
    const below = filesBelow(join(folder, entry.name), depth - 1, pattern, signal);
    found.push(...(await orNothing(below, signal, [])));
  }
  return found;
}

/** A link may lead to one. */
function mayBeFolder(entry: Dirent): boolean {
  return entry.isDirectory() || entry.isSymbolicLink();
}

async function statAll(folder: string, names: readonly string[], signal: AbortSignal): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  for (let start = 0; start < names.length; start += BATCH) {
    signal.throwIfAborted();
    const batch = names.slice(start, start + BATCH).map(async (name) => {
      const path = join(folder, name);
      const stats = await orNothing(stat(path), signal, undefined);
      return stats?.isFile() ? [{ path, name, stats }] : [];
    });
    found.push(...(await Promise.all(batch)).flat());
  }
  return found;
}

/** What is gone meanwhile, or locked away, is as good as not there; the end of the time is not. */
async function orNothing<T, N>(wanted: Promise<T>, signal: AbortSignal, nothing: N): Promise<T | N> {
  try {
    return await wanted;
  } catch {
    signal.throwIfAborted();
    return nothing;
  }
}

function isAbsent(error: unknown): boolean {
  const code = errnoOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
