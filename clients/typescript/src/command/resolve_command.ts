import { accessSync, constants, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Where a shell looks when PATH is not set. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export type ResolvedCommand =
  | { readonly kind: 'found'; readonly path: string }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'not-executable'; readonly path: string };

export type UnresolvedKind = Exclude<ResolvedCommand['kind'], 'found'>;

/**
 * Finds a command as a shell would, so that a typing error takes no lease.
 *
 * @param cwd where the command is to run. Default: where the caller does.
 */
export function resolveCommand(name: string, searchPath: string | undefined, cwd = '.'): ResolvedCommand {
  if (name === '') return { kind: 'not-found' };
  if (name.includes('/')) return inspect(inFolder(cwd, name));
  let denied: ResolvedCommand | undefined;
  for (const folder of (searchPath ?? DEFAULT_PATH).split(':')) {
    const candidate = inspect(inFolder(cwd, join(folder === '' ? '.' : folder, name)));
    if (candidate.kind === 'found') return candidate;
    if (candidate.kind === 'not-executable') denied ??= candidate;
  }
  return denied ?? { kind: 'not-found' };
}

/** As the caller wrote it where that is the same: it shows in the process list. */
function inFolder(cwd: string, path: string): string {
  return cwd === '.' ? path : resolve(cwd, path);
}

function inspect(path: string): ResolvedCommand {
  let isDirectory: boolean;
  try {
    isDirectory = statSync(path).isDirectory();
  } catch {
    return { kind: 'not-found' };
  }
  if (isDirectory) return { kind: 'not-executable', path };
  try {
    accessSync(path, constants.X_OK);
  } catch {
    return { kind: 'not-executable', path };
  }
  return { kind: 'found', path };
}
