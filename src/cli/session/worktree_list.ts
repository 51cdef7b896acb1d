import { homedir } from 'node:os';
import { Command } from 'commander';
import { optional } from '../json_values.js';
import { printJson, printLine } from '../output.js';
import { printable, style } from '../style.js';
import { table } from '../table.js';
import { shortPath } from './session_text.js';
import { factsOf, type WorktreeFacts } from './worktree_facts.js';
import type { Worktree } from './worktree_find.js';
import { liveProcesses } from './worktree_processes.js';
import { count, type SessionLife } from './worktree_rules.js';
import { type ScopeOptions, worktreesIn } from './worktree_scope.js';
import { KnownSessions } from './worktree_sessions.js';

interface ListOptions extends ScopeOptions {
  readonly json?: boolean;
}

interface Row {
  readonly worktree: Worktree;
  readonly facts: WorktreeFacts;
  readonly life: SessionLife;
}

const DETAILS = `
SESSION says the session that it was made for, or the one that works in it now,
and whether that runs, has ended, or nobody can tell (?). CHANGES are files that
differ from the last commit, and commits that only its own branch has.

It needs no daemon; one that runs is asked which sessions live.

Examples:
  tenure session worktree list
  tenure session worktree list --all --json`;

export function worktreeListCommand(): Command {
  return new Command('list')
    .alias('ls')
    .summary('list worktrees that were made for sessions')
    .description('List the git worktrees that were made for sessions.')
    .option('-C, --directory <path>', 'of the repository that this is in (default: this folder)')
    .option('-a, --all', 'of all repositories that sessions had worktrees of')
    .option('--json', 'print JSON')
    .addHelpText('after', DETAILS)
    .action(async (options: ListOptions) => {
      const known = await KnownSessions.look();
      const processes = liveProcesses();
      const rows: Row[] = [];
      for (const worktree of await worktreesIn(options, known)) {
        rows.push({ worktree, facts: await factsOf(worktree), life: known.lifeIn(worktree, processes) });
      }
      if (options.json === true) await printJson({ worktrees: rows.map(rowJson) });
      else await printLine(rows.length === 0 ? 'no worktrees of sessions' : describe(rows));
    });
}

function describe(rows: readonly Row[]): string {
  const header = ['WORKTREE', 'BRANCH', 'SESSION', 'STATE', 'CHANGES'].map((title) => style('bold', title));
  const cells = rows.map(({ worktree, facts, life }) => [
    shortPath(worktree.path, homedir()),
    printable(worktree.branch),
    life.kind === 'lives' ? life.sessionId : worktree.sessionId,
    { lives: style('green', 'running'), ended: 'ended', unknown: style('yellow', '?') }[life.kind],
    changesOf(facts),
  ]);
  return table([header, ...cells]);
}

function changesOf({ isGone, changedFiles, unmergedCommits, looseCommits, fault }: WorktreeFacts): string {
  const commits = unmergedCommits + looseCommits;
  const parts = [
    ...(isGone ? ['gone'] : []),
    ...(changedFiles > 0 ? [count(changedFiles, 'file')] : []),
    ...(commits > 0 ? [count(commits, 'commit')] : []),
    ...(fault === '' ? [] : [style('yellow', printable(fault))]),
  ];
  return parts.length === 0 ? 'none' : parts.join(', ');
}

function rowJson({ worktree, facts, life }: Row): object {
  const { path, repository, branch, madeBranch, sessionId, locked } = worktree;
  const { isGone, changedFiles, unmergedCommits, looseCommits, fault } = facts;
  return {
    path,
    repository,
    branch,
    madeBranch,
    sessionId,
    state: life.kind === 'lives' ? 'running' : life.kind,
    ...(life.kind === 'lives' ? { runningSessionId: life.sessionId } : {}),
    gone: isGone,
    changedFiles,
    unmergedCommits,
    looseCommits,
    ...optional('locked', locked, (reason) => reason),
    ...(fault === '' ? {} : { fault }),
  };
}
