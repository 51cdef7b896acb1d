import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { WorktreeRecord } from '../../../src/session/launched/record.js';
import { dropWorktree, makeWorktree, type WorktreeWish } from '../../../src/session/worktrees/worktrees.js';
import { findOnPath } from '../../../src/telemetry/find_on_path.js';
import { temporaryFolder } from '../../daemon/temporary_folder.js';
import { refused } from '../refused.js';
import { commit, git, gitEnvironment, makeRepository } from './git_repository.js';

const sessionId = 'sabcdefghijkl';

function make(directory: string, wish: Partial<WorktreeWish> = {}): Promise<WorktreeRecord> {
  return makeWorktree({ directory, branch: '', base: '', sessionId, ...wish }, gitEnvironment);
}

function drop(worktree: WorktreeRecord): Promise<void> {
  return dropWorktree(worktree, gitEnvironment);
}

/** Everything that making a worktree could leave: folders, worktrees, branches. */
function tracesOf(repository: string): object {
  return {
    folders: readdirSync(join(repository, '..')),
    worktrees: git(repository, 'worktree', 'list', '--porcelain'),
    branches: git(repository, 'for-each-ref', '--format=%(refname) %(objectname)'),
  };
}

function place(t: TestContext): string {
  return realpathSync(temporaryFolder(t));
}

test('a worktree stands beside its repository, on a branch of its own, and says whose it is', async (t) => {
  const folder = place(t);
  const repository = makeRepository(folder);
  const worktree = await make(repository, { branch: 'fix/two' });
  assert.deepEqual(worktree, { path: join(folder, 'repo-fix-two'), branch: 'fix/two', repository });
  assert.equal(git(worktree.path, 'symbolic-ref', 'HEAD'), 'refs/heads/fix/two');
  assert.equal(readFileSync(join(worktree.path, 'first'), 'utf8'), 'first\n');
  assert.equal(git(worktree.path, 'status', '--porcelain', '--ignored'), '');
  const marker = join(git(worktree.path, 'rev-parse', '--absolute-git-dir'), 'tenure-session');
  assert.deepEqual(JSON.parse(readFileSync(marker, 'utf8')), {
    format: 1,
    sessionId,
    branch: 'fix/two',
    madeBranch: true,
    base: git(repository, 'rev-parse', 'main'),
  });
});

test('without a name the branch is the session’s', async (t) => {
  const repository = makeRepository(place(t));
  const { path, branch } = await make(repository);
  assert.equal(branch, `tenure/${sessionId}`);
  assert.equal(basename(path), `repo-tenure-${sessionId}`);
});

test('a folder below, and another worktree, lead to the repository; a branch begins where they are', async (t) => {
  const folder = place(t);
  const repository = makeRepository(folder);
  mkdirSync(join(repository, 'deep', 'er'), { recursive: true });
  assert.equal((await make(join(repository, 'deep', 'er'), { branch: 'a' })).repository, repository);
  const other = await make(repository, { branch: 'b' });
  const ahead = commit(other.path, 'ahead');
  const nested = await make(other.path, { branch: 'c' });
  assert.deepEqual(nested, { path: join(folder, 'repo-c'), branch: 'c', repository });
  assert.equal(git(nested.path, 'rev-parse', 'HEAD'), ahead);
});

test('a bare repository can have worktrees, too', async (t) => {
  const folder = place(t);
  const repository = makeRepository(folder);
  const bare = join(folder, 'bare.git');
  git(folder, 'clone', '--quiet', '--bare', repository, bare);
  const worktree = await make(bare, { branch: 'x' });
  assert.deepEqual(worktree, { path: join(folder, 'bare-x'), branch: 'x', repository: bare });
});

test('a branch begins at the base that is named, and follows nothing', async (t) => {
  const folder = place(t);
  const origin = makeRepository(folder, 'origin');
  const first = commit(origin, 'second');
  git(folder, 'clone', '--quiet', origin, 'repo');
  const repository = join(folder, 'repo');
  commit(repository, 'third');
  const { path } = await make(repository, { branch: 'x', base: 'origin/main' });
  assert.equal(git(path, 'rev-parse', 'HEAD'), first);
  assert.equal(git(path, 'for-each-ref', '--format=%(upstream)', 'refs/heads/x'), '');
});

test('a branch that is there is used as it is, unless a worktree has it', async (t) => {
  const folder = place(t);
  const repository = makeRepository(folder);
  git(repository, 'branch', 'old');
  commit(repository, 'second');
  const { path } = await make(repository, { branch: 'old' });
  assert.equal(git(path, 'rev-parse', 'HEAD'), git(repository, 'rev-parse', 'main~1'));
  const before = tracesOf(repository);
  await assert.rejects(make(repository, { branch: 'old' }), refused('INVALID_FIELD', /old is in use by .*repo-old/));
  await assert.rejects(make(repository, { branch: 'main' }), refused('INVALID_FIELD', /main is in use by .*repo/));
  assert.deepEqual(tracesOf(repository), before);
  git(repository, 'branch', 'older', 'main~1');
  await assert.rejects(
    make(repository, { branch: 'older', base: 'main' }),
    refused('INVALID_FIELD', /base does not go with the branch older/),
  );
  rmSync(path, { recursive: true });
  await assert.rejects(make(repository, { branch: 'old' }), refused('INVALID_FIELD', /git worktree prune/));
  git(repository, 'worktree', 'prune');
  assert.equal((await make(repository, { branch: 'old' })).path, path);
});

test('what is no branch, base or repository is refused, and leaves nothing', async (t) => {
  const folder = place(t);
  const repository = makeRepository(folder);
  const before = tracesOf(repository);
  for (const branch of [
    '-x',
    '--help',
    'HEAD',
    'a..b',
    'a b',
    '@{-1}',
    'x.lock',
    'a//b',
    'x/',
    'a\nb',
    'x'.repeat(201),
  ]) {
    await assert.rejects(make(repository, { branch }), refused('INVALID_FIELD', /branch/), branch);
  }
  for (const base of ['nowhere', '-x', '--all', 'HEAD:first', `${'0'.repeat(40)}`]) {
    await assert.rejects(make(repository, { branch: 'x', base }), refused('INVALID_FIELD', /base/), base);
  }
  assert.deepEqual(tracesOf(repository), before);
  const plain = join(folder, 'plain');
  mkdirSync(plain);
  await assert.rejects(make(plain), refused('INVALID_FIELD', /plain: not a git repository/));
  git(plain, 'init', '--quiet');
  await assert.rejects(
    make(plain),
    refused('INVALID_FIELD', /^the repository .*plain has no commit yet; commit once, then launch$/),
  );
});

test('a path that is taken gets a number, and a long name is cut', async (t) => {
  const folder = place(t);
  const repository = makeRepository(folder, `r${'ä'.repeat(60)}`);
  mkdirSync(`${repository}-a-b`);
  writeFileSync(`${repository}-a-b-2`, '');
  assert.equal((await make(repository, { branch: 'a/b' })).path, `${repository}-a-b-3`);
  const branch = 'ö'.repeat(100);
  const name = basename((await make(repository, { branch })).path);
  assert.ok(Buffer.byteLength(name) <= 240 && name.endsWith('ö'), name);
});

test('many at once get a worktree each; of two that want one branch, one is told', async (t) => {
  const repository = makeRepository(place(t));
  // Also from within a worktree, and while others are taken back.
  const linked = (await make(repository, { branch: 'linked' })).path;
  const many = await Promise.all(
    Array.from({ length: 6 }, (_, n) => make(n % 2 === 0 ? repository : linked, { branch: `many/${n}` })),
  );
  assert.equal(new Set(many.map(({ path }) => path)).size, 6);
  for (const { path, branch } of many) assert.equal(git(path, 'symbolic-ref', 'HEAD'), `refs/heads/${branch}`);
  await Promise.all(many.map((worktree, n) => (n < 3 ? drop(worktree) : make(linked, { branch: `more/${n}` }))));
  assert.equal(git(repository, 'worktree', 'list').split('\n').length, 8);
  const both = await Promise.allSettled([make(repository, { branch: 'one' }), make(repository, { branch: 'one' })]);
  const made = both.filter(({ status }) => status === 'fulfilled');
  assert.equal(made.length, 1, JSON.stringify(both));
  assert.equal(git(`${repository}-one`, 'symbolic-ref', 'HEAD'), 'refs/heads/one');
  assert.equal(existsSync(`${repository}-one-2`), false);
});

test('worktrees of one repository are made one after the other, those of others meanwhile', async (t) => {
  const folder = place(t);
  const repositories = ['a', 'b'].map((name) => makeRepository(folder, name));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const real = findOnPath('git', process.env['PATH']);
  // Tells of two in one repository at a time, and lets the first of each wait for the other's.
  const lines = [
    '#!/bin/sh',
    'name=$(basename "$2") tries=0',
    `case " $* " in *" worktree add "*) ;; *) exec ${real} "$@" ;; esac`,
    `cd ${bin} && mkdir "$name.busy" || echo overlap >>overlaps`,
    ': >"$name.seen"',
    'until [ -e a.seen -a -e b.seen ] || [ $tries = 1000 ]; do sleep 0.01; tries=$((tries + 1)); done',
    '[ $tries = 1000 ] && echo late >>overlaps',
    `${real} "$@"`,
    'code=$?',
    'rmdir "$name.busy"',
    'exit $code',
  ];
  writeFileSync(join(bin, 'git'), `${lines.join('\n')}\n`, { mode: 0o755 });
  const environment = { ...gitEnvironment, PATH: `${bin}:${gitEnvironment['PATH']}` };
  const wishes = repositories.flatMap((directory) =>
    ['x', 'y', 'z'].map((branch) => ({ directory, branch, base: '', sessionId })),
  );
  await Promise.all(wishes.map((wish) => makeWorktree(wish, environment)));
  assert.equal(existsSync(join(bin, 'overlaps')), false);
});

test('a worktree whose making fails leaves no folder, no branch and no entry', async (t) => {
  const repository = makeRepository(place(t));
  const hook = join(repository, '.git', 'hooks', 'post-checkout');
  mkdirSync(join(repository, '.git', 'hooks'), { recursive: true });
  writeFileSync(hook, '#!/bin/sh\necho "error: the hook does not want it" >&2\nexit 3\n');
  chmodSync(hook, 0o755);
  git(repository, 'branch', 'old');
  const before = tracesOf(repository);
  for (const branch of ['x', 'old']) {
    await assert.rejects(make(repository, { branch }), refused('LAUNCH_FAILED', /the hook does not want it/));
    assert.deepEqual(tracesOf(repository), before);
  }
  rmSync(hook);
  // No folder for the entries: git fails before it has made anything.
  writeFileSync(join(repository, '.git', 'worktrees'), '');
  await assert.rejects(make(repository, { branch: 'x' }), refused('LAUNCH_FAILED', /could not be made/));
  assert.deepEqual(readdirSync(join(repository, '..')), ['repo']);
  assert.equal(git(repository, 'branch', '--list', 'x'), '');
});

test('git’s own variables lead nowhere else, and a missing git is told', async (t) => {
  const folder = place(t);
  const repository = makeRepository(folder);
  const other = makeRepository(folder, 'other');
  const environment = { ...gitEnvironment, GIT_DIR: join(other, '.git'), GIT_WORK_TREE: other };
  const wish = { directory: repository, branch: 'x', base: '', sessionId };
  assert.equal((await makeWorktree(wish, environment)).repository, repository);
  await assert.rejects(makeWorktree(wish, { PATH: folder }), refused('INVALID_FIELD', /git was not found; install it/));
});

test('a worktree that nobody used is taken back with its branch', async (t) => {
  const repository = makeRepository(place(t));
  const before = tracesOf(repository);
  await drop(await make(repository));
  assert.deepEqual(tracesOf(repository), before);
});

test('a branch that was there before stays when its worktree is taken back', async (t) => {
  const repository = makeRepository(place(t));
  git(repository, 'branch', 'old');
  const before = tracesOf(repository);
  await drop(await make(repository, { branch: 'old' }));
  assert.deepEqual(tracesOf(repository), before);
});

test('a worktree in which anything changed stays', async (t) => {
  const repository = makeRepository(place(t));
  const changes: readonly ((path: string) => void)[] = [
    (path) => writeFileSync(join(path, 'new'), ''),
    (path) => writeFileSync(join(path, 'first'), 'changed'),
    (path) => void commit(path, 'committed'),
    (path) => {
      git(path, 'checkout', '--quiet', '--detach');
      commit(path, 'on no branch');
    },
  ];
  for (const [index, change] of changes.entries()) {
    const worktree = await make(repository, { branch: `changed-${index}` });
    change(worktree.path);
    const before = tracesOf(repository);
    await drop(worktree);
    assert.deepEqual(tracesOf(repository), before);
  }
  // One that is gone already, or never was: nothing happens.
  await drop({ path: join(repository, 'absent'), branch: 'main', repository });
  assert.equal(git(repository, 'rev-parse', '--verify', '--quiet', 'main').length, 40);
});
