import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readStartTicks } from '../../../src/os/process_facts.js';
import { start } from '../../os/child_process.js';
import { commit, git } from '../../session/worktrees/git_repository.js';
import { WorktreeDesk } from './worktree_desk.js';

// This run's own: processes are looked for on the whole machine.
const run = randomBytes(5)
  .toString('hex')
  .replaceAll(/[^a-f2-7]/g, 'a');
const A = `saa${run}`;
const B = `sbb${run}`;
const C = 'scccccccccccc';

test('worktrees of sessions are listed with what has changed in them, others are not', async (t) => {
  const desk = new WorktreeDesk(t);
  assert.equal((await desk.worktree(['list'])).stdout, 'no worktrees of sessions\n');
  git(desk.repository, 'worktree', 'add', '--quiet', '-b', 'mine', join(desk.world.folder, 'mine'));
  const one = await desk.make('fix/one', A);
  const two = await desk.make('two', B);
  desk.keepEnded(A, one);
  writeFileSync(join(one, 'new'), '');
  writeFileSync(join(one, 'first'), 'changed');
  commit(one, 'second');
  commit(two, 'third');
  git(two, 'checkout', '--quiet', '--detach');
  commit(two, 'fourth');
  const { stdout, code } = await desk.worktree(['list']);
  assert.equal(code, 0);
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));
  assert.deepEqual(rows, [
    ['WORKTREE', 'BRANCH', 'SESSION', 'STATE', 'CHANGES'],
    [one, 'fix/one', A, 'ended', '2 files, 1 commit'],
    [two, 'two', B, '?', '2 commits'],
  ]);
  const { worktrees } = JSON.parse((await desk.worktree(['list', '--json'], two)).stdout);
  assert.deepEqual(worktrees[0], {
    path: one,
    repository: desk.repository,
    branch: 'fix/one',
    madeBranch: true,
    sessionId: A,
    state: 'ended',
    gone: false,
    changedFiles: 2,
    unmergedCommits: 1,
    looseCommits: 0,
  });
  assert.deepEqual([worktrees[1].state, worktrees[1].unmergedCommits, worktrees[1].looseCommits], ['unknown', 1, 1]);
});

test('a worktree in which nothing would be lost goes with its branch', async (t) => {
  const desk = new WorktreeDesk(t);
  const one = await desk.make('one', A);
  desk.keepEnded(A, one);
  writeFileSync(join(desk.repository, '.git', 'info', 'exclude'), 'ignored\n');
  mkdirSync(join(one, 'ignored'));
  writeFileSync(join(one, 'ignored', 'file'), '');
  const dry = await desk.worktree(['clean', '--dry-run']);
  assert.equal(dry.stdout, `${one}: would be removed, with its branch one\n`);
  assert.ok(existsSync(one) && desk.branches().includes('one'));
  const { stdout, code } = await desk.worktree(['clean']);
  assert.equal(stdout, `${one}: removed, with its branch one\n`);
  assert.equal(code, 0);
  assert.equal(existsSync(one), false);
  assert.deepEqual(desk.branches(), ['main']);
  assert.equal(git(desk.repository, 'worktree', 'list').split('\n').length, 1);
});

test('a branch whose commits are merged, pushed or tagged goes, one that was there before stays', async (t) => {
  const desk = new WorktreeDesk(t);
  git(desk.world.folder, 'clone', '--quiet', '--bare', desk.repository, 'hub.git');
  git(desk.repository, 'remote', 'add', 'hub', join(desk.world.folder, 'hub.git'));
  git(desk.repository, 'branch', 'old');
  const ids = { merged: A, pushed: B, tagged: C, old: 'sdddddddddddd', lost: 'seeeeeeeeeeee' };
  for (const [branch, sessionId] of Object.entries(ids)) {
    const path = await desk.make(branch, sessionId);
    desk.keepEnded(sessionId, path);
    commit(path, branch);
  }
  git(desk.repository, 'merge', '--quiet', '--no-edit', 'merged');
  git(desk.repository, 'push', '--quiet', 'hub', 'pushed');
  git(desk.repository, 'tag', 'v1', 'tagged');
  const { stdout, code } = await desk.worktree(['clean']);
  assert.equal(code, 0);
  const at = (name: string) => `${desk.repository}-${name}`;
  assert.equal(
    stdout,
    [
      `${at('lost')}: stays: 1 commit on no other branch`,
      `${at('merged')}: removed, with its branch merged`,
      `${at('old')}: removed; its branch old stays: it was there before`,
      `${at('pushed')}: removed, with its branch pushed`,
      `${at('tagged')}: removed, with its branch tagged`,
      '',
    ].join('\n'),
  );
  assert.deepEqual(desk.branches(), ['lost', 'main', 'old']);
});

test('of two branches that hold each other’s commits one stays', async (t) => {
  const desk = new WorktreeDesk(t);
  const one = await desk.make('one', A);
  const made = commit(one, 'work');
  const two = await desk.make('two', B);
  git(two, 'reset', '--quiet', '--hard', made);
  desk.keepEnded(A, one);
  desk.keepEnded(B, two);
  await desk.worktree(['clean']);
  assert.deepEqual(desk.branches(), ['main', 'two']);
});

test('one that is named and stays is a failure; forced, it goes with its changes, but no commit does', async (t) => {
  const desk = new WorktreeDesk(t);
  const one = await desk.make('one', A);
  const two = await desk.make('two', B);
  desk.keepEnded(A, one);
  desk.keepEnded(B, two);
  writeFileSync(join(one, 'new'), '');
  const made = commit(one, 'work');
  writeFileSync(join(one, 'newer'), '');
  const kept = await desk.worktree(['clean', 'one']);
  assert.equal(kept.code, 1);
  assert.equal(kept.stdout, `${one}: stays: 2 files with changes; 1 commit on no other branch\n`);
  assert.match(kept.stderr, /1 worktree can be removed with --force/);
  assert.equal((await desk.worktree(['clean', '--force'])).code, 64, 'all of them');
  const forced = await desk.worktree(['clean', '--force', A.slice(0, 5)]);
  assert.equal(forced.code, 0);
  assert.equal(forced.stdout, `${one}: removed; its branch one stays: 1 commit on no other branch\n`);
  assert.equal(existsSync(one), false);
  assert.equal(git(desk.repository, 'rev-parse', 'one'), made);
  assert.ok(existsSync(two), 'it was not named');
});

test('worktrees are named by path, folder, branch or session, from anywhere', async (t) => {
  const desk = new WorktreeDesk(t);
  for (const [index, name] of [
    (path: string) => path,
    () => 'shop-x',
    () => 'x',
    () => A,
    () => A.slice(0, 4),
  ].entries()) {
    const path = await desk.make('x', A);
    desk.keepEnded(A, path);
    const byPath = index === 0;
    const { code, stderr } = await desk.worktree(['clean', name(path)], byPath ? '/' : desk.repository);
    assert.equal(code, 0, stderr);
    assert.equal(existsSync(path), false, name(path));
  }
  assert.equal((await desk.worktree(['clean', 'absent'])).code, 66);
  assert.equal((await desk.worktree(['list'], '/')).code, 66);
  await desk.make('y', B);
  await desk.make('z', B);
  const both = await desk.worktree(['clean', B]);
  assert.equal(both.code, 64);
  assert.match(both.stderr, /may be any of .*shop-y, .*shop-z/);
});

test('without a daemon a session lives by its processes, and nobody knows of one that left nothing', async (t) => {
  const desk = new WorktreeDesk(t);
  const one = await desk.make('one', A);
  const child = start(t, 'sleep', ['60']);
  const main = { pid: child.pid, startTicks: readStartTicks(child.pid ?? 0) };
  desk.keepRecord(A, one, { main });
  const lives = await desk.worktree(['clean', '--force', 'one']);
  assert.equal(lives.code, 1);
  assert.equal(lives.stdout, `${one}: stays: session ${A} runs\n`);
  desk.keepRecord(A, one, { main, bootId: 'another boot' });
  assert.match((await desk.worktree(['clean', '-n'])).stdout, /would be removed/);
  desk.keepRecord(A, one, {});
  assert.match((await desk.worktree(['clean', '-n'])).stdout, /would be removed/);
  rmSync(join(desk.world.stateDir, 'sessions'), { recursive: true });
  const unknown = await desk.worktree(['clean']);
  assert.equal(unknown.stdout, `${one}: stays: no daemon runs, and nothing is left of session ${A} to tell its end\n`);
  assert.equal((await desk.worktree(['clean', '--force', 'one'])).code, 0);
  assert.equal(existsSync(one), false);
});

test('a worktree in which another session, or anybody, works stays', async (t) => {
  const desk = new WorktreeDesk(t);
  const one = await desk.make('one', A);
  desk.keepEnded(A, one);
  mkdirSync(join(one, 'deep'));
  const shell = start(t, 'sleep', ['60'], { cwd: join(one, 'deep') });
  assert.equal((await desk.worktree(['clean'])).stdout, `${one}: stays: process ${shell.pid} sleep works in it\n`);
  // One that goes on where another one was, as a resumed one does.
  const other = start(t, 'sleep', ['60']);
  desk.keepRecord(B, join(one, 'deep'), { main: { pid: other.pid, startTicks: readStartTicks(other.pid ?? 0) } });
  assert.equal((await desk.worktree(['clean', '--force', 'one'])).stdout, `${one}: stays: session ${B} runs\n`);
  rmSync(join(desk.world.stateDir, 'sessions', B), { recursive: true });
  const left = start(t, 'sleep', ['60'], { env: { ...process.env, TENURE_IN_SESSION: A } });
  assert.equal((await desk.worktree(['clean', '--force', 'one'])).stdout, `${one}: stays: session ${A} runs\n`);
  assert.ok(left.pid !== undefined && existsSync(one));
});

test('what git has locked stays, and what is gone is tidied up', async (t) => {
  const desk = new WorktreeDesk(t);
  const locked = await desk.make('locked', A);
  const gone = await desk.make('gone', B);
  desk.keepEnded(A, locked);
  desk.keepEnded(B, gone);
  git(desk.repository, 'worktree', 'lock', '--reason', 'on a stick', locked);
  rmSync(gone, { recursive: true });
  assert.match((await desk.worktree(['list'])).stdout, /shop-gone .* gone\n/);
  const { stdout } = await desk.worktree(['clean', '--force', 'locked', 'gone']);
  assert.equal(stdout, `${locked}: stays: git has it locked: on a stick\n${gone}: removed, with its branch gone\n`);
  assert.deepEqual(desk.branches(), ['locked', 'main']);
});

test('--all finds the repositories of all sessions that are known', async (t) => {
  const desk = new WorktreeDesk(t);
  const one = await desk.make('one', A);
  desk.keepEnded(A, one);
  const worktree = { path: one, branch: 'x', repository: desk.world.folder };
  desk.keepRecord(B, one, { end: {}, worktree });
  desk.keepRecord(C, one, { end: {}, worktree: { ...worktree, repository: '/nonexistent' } });
  const { stdout, stderr } = await desk.worktree(['clean', '--all', '--json'], '/');
  assert.match(stderr, /^tenure: .* leads to no repository: [^\n]*\n$/);
  const place = { path: one, repository: desk.repository, branch: 'one', sessionId: A };
  assert.deepEqual(JSON.parse(stdout), { removed: [{ ...place, branchDeleted: true }], kept: [], failures: [] });
});

test('a daemon that runs says which sessions live', async (t) => {
  const desk = new WorktreeDesk(t);
  await desk.world.startDaemon({ env: { HOME: desk.world.folder } });
  const launch = async (branch: string, ...command: string[]) => {
    const args = ['session', 'launch', '-C', desk.repository, '--worktree', branch, '--', ...command];
    const { stdout, stderr, code } = await desk.world.run(args);
    assert.equal(code, 0, stderr);
    return stdout.trim();
  };
  const running = await launch('running', 'sleep', '60');
  const ended = await launch('ended', 'true');
  assert.equal((await desk.world.run(['session', 'wait', ended])).code, 0);
  // Made for a session that the daemon does not know: it has forgotten it.
  const forgotten = await desk.make('forgotten', A);
  const list = JSON.parse((await desk.worktree(['list', '--json'])).stdout).worktrees;
  assert.deepEqual(
    list.map(({ sessionId, state }: { sessionId: string; state: string }) => [sessionId, state]),
    [
      [ended, 'ended'],
      [A, 'ended'],
      [running, 'running'],
    ],
  );
  const cleaned = JSON.parse((await desk.worktree(['clean', '--json'])).stdout);
  assert.equal(cleaned.removed.length, 2);
  assert.deepEqual(cleaned.kept[0].reasons, [`session ${running} runs`]);
  assert.equal(cleaned.kept[0].canBeForced, false);
  assert.equal(existsSync(forgotten), false);
  assert.equal((await desk.worktree(['clean', '--force', 'running'])).code, 1);
  assert.equal((await desk.world.run(['session', 'stop', running])).code, 0);
  assert.equal((await desk.worktree(['clean', 'running'])).code, 0);
  assert.deepEqual(desk.branches(), ['main']);
});
