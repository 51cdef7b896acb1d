import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { blocks, isRunning, ownPidNamespace, readProcessFacts, readStartTicks } from '../../src/os/process_facts.js';
import { firstLine, identityOf, start, temporaryFolder, unreapedChild, until } from './child_process.js';

test('a process is known by its executable, folder, user and parent', (t) => {
  const folder = realpathSync(temporaryFolder(t));
  const child = start(t, 'sleep', ['60'], { cwd: folder });
  const facts = readProcessFacts(identityOf(child.pid).pid);
  assert.equal(facts?.cwd, folder);
  assert.equal(facts?.executable, realpathSync('/bin/sleep'));
  assert.equal(facts?.parentPid, process.pid);
  assert.equal(facts?.uid, process.getuid?.());
  assert.equal(facts?.pidNamespace, ownPidNamespace());
  assert.equal(facts?.inOurPidNamespace, true);
  assert.equal(facts?.script, '');
});

test('a name full of parentheses and spaces does not shift the fields of /proc', async (t) => {
  const path = join(temporaryFolder(t), 'a) Z 1 (b');
  copyFileSync(realpathSync('/bin/sleep'), path);
  const child = start(t, path, ['60']);
  const plain = start(t, 'sleep', ['60']);
  const { pid, startTicks } = identityOf(child.pid);
  await until(() => readProcessFacts(pid)?.command === 'a) Z 1 (b', 'the child runs its own program');
  assert.equal(readProcessFacts(pid)?.parentPid, process.pid);
  // A minute, of 100 ticks a second: other fields are further off.
  assert.ok(Math.abs(startTicks - identityOf(plain.pid).startTicks) < 6_000);
  assert.equal(isRunning(pid, startTicks), true);
});

test('the script is named by its real path, other arguments never', async (t) => {
  const folder = realpathSync(temporaryFolder(t));
  mkdirSync(join(folder, 'bin'));
  const script = join(folder, 'real.mjs');
  writeFileSync(script, 'console.log("up"); setInterval(() => undefined, 1000);');
  writeFileSync(join(folder, 'secret'), '');
  symlinkSync(script, join(folder, 'bin', 'tool'));
  const child = start(t, process.execPath, ['--no-warnings', 'bin/tool', 'secret'], { cwd: folder });
  assert.equal(await firstLine(child), 'up');
  assert.equal(readProcessFacts(identityOf(child.pid).pid)?.script, script);
});

test('a script that is no file any more is not named, nor is what follows it', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'gone.sh'), 'rm gone.sh; echo up; read line\n');
  writeFileSync(join(folder, 'secret'), '');
  const child = start(t, 'sh', ['gone.sh', 'secret'], { cwd: folder });
  assert.equal(await firstLine(child), 'up');
  assert.equal(readProcessFacts(identityOf(child.pid).pid)?.script, '');
});

test('a process that is gone has no facts', async (t) => {
  const child = start(t, 'true', []);
  const { pid, startTicks } = identityOf(child.pid);
  await until(() => readStartTicks(pid) === undefined, 'the child is reaped');
  assert.equal(readProcessFacts(pid), undefined);
  assert.equal(isRunning(pid, startTicks), false);
});

test('a zombie does not run', async (t) => {
  const pid = await unreapedChild(t);
  const startTicks = readStartTicks(pid) ?? -1;
  process.kill(pid, 'SIGKILL');
  await until(() => !isRunning(pid, startTicks), 'the child has ended');
  assert.equal(readStartTicks(pid), startTicks, 'its entry is still there');
});

test('a signal that a process has blocked is told from one that it has not', async (t) => {
  const child = start(t, 'env', ['--block-signal=TERM', 'sh', '-c', 'echo begun; exec sleep 60']);
  await firstLine(child);
  const pid = child.pid ?? 0;
  assert.deepEqual([blocks(pid, constants.signals.SIGTERM), blocks(pid, constants.signals.SIGINT)], [true, false]);
  assert.equal(blocks(2 ** 22 + 1, constants.signals.SIGTERM), false, 'nobody has this pid');
});
