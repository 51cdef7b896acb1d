import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Worktree } from './worktree_find.js';
import { git } from './worktree_git.js';

/** What stands in a worktree at this moment. */
export interface WorktreeFacts {
  /** Its folder is gone. */
  readonly isGone: boolean;
  /** Files that are changed, new or deleted, against its last commit. */
  readonly changedFiles: number;
  /** Commits of the branch that was made for it, and of no other branch and no tag. */
  readonly unmergedCommits: number;
  /** Commits of its HEAD that no branch and no tag has. */
  readonly looseCommits: number;
  /** The branch that was made for it is there, and nobody else works on it. */
  readonly hasOwnBranch: boolean;
  /** Why something of it could not be told; empty: all was. */
  readonly fault: string;
}

export async function factsOf(worktree: Worktree): Promise<WorktreeFacts> {
  const { path, gitFolder, commonFolder, branch, madeBranch, base } = worktree;
  const faults: string[] = [];
  const isGone = !existsSync(join(path, '.git'));
  const count = async (rest: readonly string[], from: string): Promise<number> => {
    const answer = await git(commonFolder, 'rev-list', '--count', from, '--not', ...rest);
    if (!answer.ok) faults.push(answer.fault);
    return Number(answer.output);
  };
  // A worktree of its own folder, which may be gone, has its HEAD all the same.
  const head = await git(commonFolder, `--git-dir=${gitFolder}`, 'rev-parse', '--verify', '--quiet', 'HEAD^{commit}');
  const onBranch = await git(commonFolder, `--git-dir=${gitFolder}`, 'symbolic-ref', '--quiet', 'HEAD');
  const tip = await git(commonFolder, 'rev-parse', '--verify', '--quiet', `refs/heads/${branch}^{commit}`);
  const known = await git(commonFolder, 'rev-parse', '--verify', '--quiet', `${base}^{commit}`);
  const beginning = known.ok ? [known.output] : [];
  const others = [`--exclude=${branch}`, '--branches', '--remotes', '--tags', ...beginning];
  return {
    isGone,
    changedFiles: isGone ? 0 : await changedFiles(path, faults),
    unmergedCommits: madeBranch && tip.ok ? await count(others, tip.output) : 0,
    looseCommits:
      head.ok && !onBranch.ok ? await count(['--branches', '--remotes', '--tags', ...beginning], head.output) : 0,
    hasOwnBranch: madeBranch && tip.ok,
    fault: faults[0] ?? '',
  };
}

async function changedFiles(path: string, faults: string[]): Promise<number> {
  const { ok, output, fault } = await git(path, 'status', '--porcelain', '--untracked-files=normal');
  if (!ok) faults.push(fault);
  return output === '' ? 0 : output.split('\n').length;
}
