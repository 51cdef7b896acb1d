import { lstatSync, type Stats } from 'node:fs';
import type { PathFacts } from './path_rules.js';

/** Undefined: there is nothing, or nothing to be seen. */
export function pathFacts(path: string): PathFacts | undefined {
  let stats: Stats | undefined;
  try {
    stats = lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
  return stats && { kind: kindOf(stats), uid: stats.uid, mode: stats.mode & 0o7777 };
}

function kindOf(stats: Stats): PathFacts['kind'] {
  if (stats.isSymbolicLink()) return 'link';
  if (stats.isDirectory()) return 'folder';
  if (stats.isSocket()) return 'socket';
  return stats.isFile() ? 'file' : 'other';
}
