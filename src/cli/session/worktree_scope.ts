import { existsSync, realpathSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { ExitCode } from '../exit_codes.js';
import { Failure, UsageFailure } from '../failure.js';
import { warn } from '../output.js';
import { printable } from '../style.js';
import { commonFolderOf, type Worktree, worktreesOf } from './worktree_find.js';
import type { KnownSessions } from './worktree_sessions.js';

export interface ScopeOptions {
  /** In the repository, or in a worktree of it; default: where the command runs. */
  readonly directory?: string;
  /** All repositories of which sessions had worktrees. */
  readonly all?: boolean;
}

/** The worktrees that Tenure has made, of one repository or of all that are known. */
export async function worktreesIn(
  { directory, all }: ScopeOptions,
  known: KnownSessions,
  named: readonly string[] = [],
): Promise<readonly Worktree[]> {
  if (all === true && directory !== undefined) throw new UsageFailure('--all does not go with --directory');
  const paths = named.filter((name) => existsSync(name));
  const places = all === true ? known.repositories().filter((path) => existsSync(path)) : placesOf(directory, paths);
  const folders = new Set<string>();
  for (const place of places) {
    try {
      folders.add(await commonFolderOf(resolve(place)));
    } catch (error) {
      // A repository of long ago is no reason not to look at the others.
      if (all !== true || !(error instanceof Failure) || error.reason !== 'NO_REPOSITORY') throw error;
      warn(`tenure: ${error.message}`);
    }
  }
  return [...folders].sort().flatMap(worktreesOf);
}

/** A worktree that is named by its path leads to its repository by itself. */
function placesOf(directory: string | undefined, paths: readonly string[]): readonly string[] {
  return directory === undefined && paths.length > 0 ? paths : [directory ?? '.'];
}

/** Those that are named, by path, folder, branch or session. Each name has to mean exactly one. */
export function namedAmong(worktrees: readonly Worktree[], names: readonly string[]): readonly Worktree[] {
  const chosen = names.map((name) => {
    const exact = worktrees.filter((one) => means(one, name));
    const matches = exact.length > 0 ? exact : worktrees.filter(({ sessionId }) => isStart(name, sessionId));
    const [match] = matches;
    if (match === undefined) {
      const message = `Tenure has made no worktree ${printable(name)}`;
      throw new Failure(
        'NO_WORKTREE',
        ExitCode.NO_INPUT,
        message,
        "see what there is with 'tenure session worktree list'",
      );
    }
    if (matches.length > 1) {
      const paths = matches.map(({ path }) => printable(path)).join(', ');
      throw new UsageFailure(`${printable(name)} may be any of ${paths}; name it by its path`);
    }
    return match;
  });
  return [...new Set(chosen)];
}

function means({ path, branch, sessionId }: Worktree, name: string): boolean {
  return name === branch || name === sessionId || name === basename(path) || realPath(name) === path;
}

function isStart(name: string, sessionId: string): boolean {
  return name.length >= 4 && sessionId.startsWith(name);
}

/** Its own path where its folder is gone. */
function realPath(name: string): string {
  const path = resolve(name);
  return existsSync(path) ? realpathSync(path) : path;
}
