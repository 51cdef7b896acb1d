import { mkdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errnoOf, messageOf } from '../../os/errno.js';
import { Refusal } from '../../rpc/refusal.js';
import { checkText } from '../../rpc/request_checks.js';
import type { WorktreeRecord } from '../launched/record.js';
import { runGit } from './git.js';
import { Repository } from './repository.js';
import { readMarker, writeMarker } from './worktree_marker.js';

const MAX_BRANCH_BYTES = 200;
/** Of a folder's name: file systems take 255. */
const MAX_NAME_BYTES = 240;
const MAX_NUMBER = 1_000;

export interface WorktreeWish {
  /** In the repository, or in a worktree of it. */
  readonly directory: string;
  /** Empty: `tenure/SESSION_ID`. */
  readonly branch: string;
  /** What a new branch begins at; empty: the directory's own HEAD. */
  readonly base: string;
  readonly sessionId: string;
}

/**
 * Makes a worktree beside the repository, named REPOSITORY-BRANCH, on a branch
 * that no other worktree has. What fails leaves nothing behind. Throws a Refusal.
 */
export async function makeWorktree(
  wish: WorktreeWish,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<WorktreeRecord> {
  const { directory, base, sessionId } = wish;
  const branch = wish.branch === '' ? `tenure/${sessionId}` : wish.branch;
  checkText('worktree.branch', branch, MAX_BRANCH_BYTES);
  checkText('worktree.base', base, MAX_BRANCH_BYTES);
  const repository = await Repository.of(directory, environment);
  return await inTurn(repository.path, () => make(repository, branch, base, sessionId, environment));
}

async function make(
  repository: Repository,
  branch: string,
  base: string,
  sessionId: string,
  environment: NodeJS.ProcessEnv,
): Promise<WorktreeRecord> {
  const { commit, isNew } = await repository.prepareBranch(branch, base);
  let path: string | undefined;
  try {
    path = reserveFolder(repository.path, branch);
    await repository.git(['worktree', 'add', '--quiet', path, branch], 'the worktree could not be made');
    writeMarker(await gitFolderOf(path, environment), { sessionId, branch, madeBranch: isNew, base: commit });
  } catch (error) {
    if (path !== undefined) {
      // One that git was stopped in the middle of is locked: that takes a second force.
      await runGit(repository.path, ['worktree', 'remove', '--force', '--force', path], environment);
      rmSync(path, { recursive: true, force: true });
    }
    if (isNew) await repository.dropBranch(branch, commit);
    if (error instanceof Refusal) throw error;
    throw new Refusal('LAUNCH_FAILED', `the worktree could not be made: ${messageOf(error)}`);
  }
  return { path, branch, repository: repository.path };
}

/**
 * Takes back a worktree that no session came to use, with the branch that was
 * made for it. One in which anything has changed stays, for `tenure session
 * worktree list` to show. Never rejects.
 */
export function dropWorktree(worktree: WorktreeRecord, environment: NodeJS.ProcessEnv = process.env): Promise<void> {
  return inTurn(worktree.repository, () => drop(worktree, environment));
}

async function drop({ path, branch, repository }: WorktreeRecord, environment: NodeJS.ProcessEnv): Promise<void> {
  try {
    const { madeBranch, base } = readMarker(await gitFolderOf(path, environment));
    const head = await runGit(path, ['rev-parse', '--verify', '--quiet', 'HEAD'], environment);
    if (head.output.trimEnd() !== base) return;
    // Not forced: git itself keeps one with changes.
    const { code } = await runGit(repository, ['worktree', 'remove', path], environment);
    if (code === 0 && madeBranch) await (await Repository.of(repository, environment)).dropBranch(branch, base);
  } catch {
    // Not what was made: then it is somebody's work by now, and stays.
  }
}

/** The last of those who wait for their turn, by repository. */
const turns = new Map<string, Promise<void>>();

/** One at a time in a repository: git itself fails over a worktree that another git is just making. */
async function inTurn<T>(repository: string, work: () => Promise<T>): Promise<T> {
  const before = turns.get(repository) ?? Promise.resolve();
  const own = before.then(work);
  const over = own.then(
    () => undefined,
    () => undefined,
  );
  turns.set(repository, over);
  try {
    return await own;
  } finally {
    if (turns.get(repository) === over) turns.delete(repository);
  }
}

async function gitFolderOf(worktree: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const { code, output, fault } = await runGit(worktree, ['rev-parse', '--absolute-git-dir'], environment);
  if (code !== 0) throw new Error(fault);
  return output.replace(/\n$/, '');
}

/** Makes the worktree's folder, so that no two take the same. */
function reserveFolder(repository: string, branch: string): string {
  const name = `${basename(repository).replace(/\.git$/, '')}-${branch.replaceAll('/', '-')}`;
  const start = join(dirname(repository), cut(name));
  for (let number = 1; number <= MAX_NUMBER; number += 1) {
    const path = number === 1 ? start : `${start}-${number}`;
    try {
      mkdirSync(path);
      return path;
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
  }
  throw new Refusal('LAUNCH_FAILED', `${start} is there ${MAX_NUMBER} times; clean up, or name another branch`);
}

function cut(name: string): string {
  const bytes = Buffer.from(name);
  // A character that was cut through goes.
  return bytes.length <= MAX_NAME_BYTES ? name : bytes.subarray(0, MAX_NAME_BYTES).toString('utf8').replace(/�+$/, '');
}
