import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Git as nobody has configured it. */
export const gitEnvironment: NodeJS.ProcessEnv = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.org',
};

export function git(directory: string, ...args: string[]): string {
  return execFileSync('git', ['-C', directory, ...args], {
    env: gitEnvironment,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trimEnd();
}

/** A repository with one commit on `main`, in a folder of that name; answers its path. */
export function makeRepository(folder: string, name = 'repo'): string {
  const path = join(folder, name);
  mkdirSync(path);
  git(path, 'init', '--quiet', '--initial-branch=main');
  commit(path, 'first');
  return path;
}

/** Commits a new file of this name; answers the commit. */
export function commit(worktree: string, name: string): string {
  writeFileSync(join(worktree, name), `${name}\n`);
  git(worktree, 'add', name);
  git(worktree, 'commit', '--quiet', '-m', name);
  return git(worktree, 'rev-parse', 'HEAD');
}
