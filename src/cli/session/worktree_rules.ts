import type { WorktreeFacts } from './worktree_facts.js';
import type { LiveProcess } from './worktree_processes.js';

/** Whether a session lives in a worktree; `unknown`: nobody can tell. */
export type SessionLife =
  | { readonly kind: 'lives'; readonly sessionId: string }
  | { readonly kind: 'ended' }
  | { readonly kind: 'unknown'; readonly why: string };

export interface Situation {
  readonly facts: WorktreeFacts;
  readonly life: SessionLife;
  /** That work in it. */
  readonly processes: readonly LiveProcess[];
  /** Why git has it locked; undefined: it has not. */
  readonly locked: string | undefined;
}

export interface Verdict {
  /** Why it stays whatever is said. */
  readonly forbids: readonly string[];
  /** Why it stays unless it is forced. */
  readonly warns: readonly string[];
  /** Its branch goes with it: all of its commits are elsewhere. */
  readonly dropsBranch: boolean;
}

/** What is to become of a worktree. No commit that a branch has is lost, whatever is forced. */
export function judge({ facts, life, processes, locked }: Situation): Verdict {
  const { changedFiles, unmergedCommits, looseCommits, hasOwnBranch, fault } = facts;
  // Those of a session that lives need no word of their own.
  const busy = life.kind === 'lives' ? undefined : processes[0];
  const forbids = [
    ...(life.kind === 'lives' ? [`session ${life.sessionId} runs`] : []),
    ...(locked === undefined ? [] : [`git has it locked${locked === '' ? '' : `: ${locked}`}`]),
  ];
  const warns = [
    ...(life.kind === 'unknown' ? [life.why] : []),
    ...(busy === undefined ? [] : [`process ${busy.pid} ${busy.command} works in it`]),
    ...(changedFiles === 0 ? [] : [`${count(changedFiles, 'file')} with changes`]),
    ...(unmergedCommits === 0 ? [] : [`${count(unmergedCommits, 'commit')} on no other branch`]),
    ...(looseCommits === 0 ? [] : [`${count(looseCommits, 'commit')} on no branch`]),
    ...(fault === '' ? [] : [`git can't tell all of it: ${fault}`]),
  ];
  return { forbids, warns, dropsBranch: hasOwnBranch && unmergedCommits === 0 && fault === '' };
}

export function count(number: number, one: string): string {
  return `${number} ${number === 1 ? one : `${one}s`}`;
}
