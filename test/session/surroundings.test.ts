import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/os/clock.js';
import { systemSurroundings } from '../../src/session/surroundings.js';
import { identityOf, start, temporaryFolder, until } from '../os/child_process.js';
import { AgentHome, kill } from './agents/agent_home.js';

test('a process is seen with its name, program, directory and start', async (t) => {
  const home = new AgentHome(t);
  const directory = home.directory('project');
  const before = Date.now();
  const child = await home.runs('an agent', directory);
  const after = Date.now();
  const surroundings = systemSurroundings(home.folder, {}, systemClock);
  const seen = (await surroundings.processes()).find(({ pid }) => pid === child.pid);
  assert.ok(seen);
  assert.deepEqual({ pid: seen.pid, startTicks: seen.startTicks }, identityOf(child.pid));
  assert.equal(seen.command, 'an agent');
  assert.match(seen.executable, /^\/.*sh|busybox/);
  assert.equal(seen.directory, directory);
  assert.ok(
    seen.startWallMs > before - 1_000 && seen.startWallMs < after + 1_000,
    `${seen.startWallMs - before} ms after`,
  );
});

test('a process that has ended lives no more, also while its parent has not looked', async (t) => {
  const surroundings = systemSurroundings(temporaryFolder(t), {}, systemClock);
  const child = start(t, 'sleep', ['1000']);
  const { pid, startTicks } = identityOf(child.pid);
  assert.equal(surroundings.startTicksOf(pid), startTicks);
  await kill(child);
  assert.equal(surroundings.startTicksOf(pid), undefined);

  // It becomes a sleep that never asks for its child's end.
  const parent = start(t, '/bin/sh', ['-c', 'sleep 0 & echo $!; exec sleep 1000']);
  const zombie = await new Promise<number>((resolve) => parent.stdout?.once('data', (data) => resolve(Number(data))));
  await until(() => surroundings.startTicksOf(zombie) === undefined, 'the child has ended');
  const seen = await surroundings.processes();
  assert.ok(seen.every((one) => one.pid !== zombie));
  assert.ok(seen.some((one) => one.pid === parent.pid));
});

test('those who ask in the same moment share one reading', async (t) => {
  let nowMs = 0;
  const clock = { ...systemClock, monotonicMs: () => nowMs };
  const surroundings = systemSurroundings(temporaryFolder(t), {}, clock);
  const first = surroundings.processes();
  assert.equal(surroundings.processes(), first);
  nowMs = 1000;
  assert.notEqual(surroundings.processes(), first);
  await Promise.all([first, surroundings.processes()]);
});
