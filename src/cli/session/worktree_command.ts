import { Command } from 'commander';
import { worktreeCleanCommand } from './worktree_clean.js';
import { worktreeListCommand } from './worktree_list.js';

export function worktreeCommand(): Command {
  return new Command('worktree')
    .summary('show and remove worktrees that were made for sessions')
    .description('Show and remove the git worktrees that were made for sessions. Needs no daemon.')
    .addCommand(worktreeListCommand())
    .addCommand(worktreeCleanCommand());
}
