import { factsOf, type WorktreeFacts } from './worktree_facts.js';
import type { Worktree } from './worktree_find.js';
import { git } from './worktree_git.js';
import { liveProcesses } from './worktree_processes.js';
import { count, judge } from './worktree_rules.js';
import type { KnownSessions } from './worktree_sessions.js';

/** What became of a worktree, or would. */
export type Cleaned =
  | {
      readonly kind: 'removed';
      readonly worktree: Worktree;
      /** Why its branch stays; empty: it went, too. */
      readonly branchStays: string;
    }
  | {
      readonly kind: 'kept';
      readonly worktree: Worktree;
      readonly reasons: readonly string[];
      readonly canBeForced: boolean;
    }
  | { readonly kind: 'failed'; readonly worktree: Worktree; readonly fault: string };

export interface CleanWish {
  readonly force: boolean;
  readonly dryRun: boolean;
}

/** Looks at it now, not before: what was removed a moment ago may have held its commits. */
export async function cleanWorktree(
  worktree: Worktree,
  known: KnownSessions,
  { force, dryRun }: CleanWish,
): Promise<Cleaned> {
  const { path, commonFolder, branch, locked } = worktree;
  const facts = await factsOf(worktree);
  const processes = liveProcesses();
  const inside = processes.filter(({ directory }) => directory === path || directory.startsWith(`${path}/`));
  const life = known.lifeIn(worktree, processes);
  const { forbids, warns, dropsBranch } = judge({ facts, life, processes: inside, locked });
  if (forbids.length > 0 || (warns.length > 0 && !force)) {
    return { kind: 'kept', worktree, reasons: [...forbids, ...warns], canBeForced: forbids.length === 0 };
  }
  const branchStays = dropsBranch ? '' : whyItStays(worktree, facts);
  if (dryRun) return { kind: 'removed', worktree, branchStays };
  // Not forced, git looks once more itself.
  const removed = await git(commonFolder, 'worktree', 'remove', ...(force ? ['--force'] : []), path);
  if (!removed.ok) return { kind: 'failed', worktree, fault: removed.fault };
  if (!dropsBranch) return { kind: 'removed', worktree, branchStays };
  // Git itself keeps one that another worktree is on.
  const deleted = await git(commonFolder, 'branch', '--quiet', '-D', branch);
  const stays = deleted.ok ? '' : `its branch ${branch} stays: ${deleted.fault}`;
  return { kind: 'removed', worktree, branchStays: stays };
}

function whyItStays({ branch, madeBranch }: Worktree, { hasOwnBranch, unmergedCommits, fault }: WorktreeFacts): string {
  if (madeBranch && !hasOwnBranch) return `its branch ${branch} is gone already`;
  const why = madeBranch ? `${count(unmergedCommits, 'commit')} on no other branch` : 'it was there before';
  return `its branch ${branch} stays: ${fault === '' ? why : fault}`;
}
