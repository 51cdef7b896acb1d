import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch, list, sessionWorld, status } from './session_world.js';
import { until } from './until.js';

test('ids as they are shown name their sessions, and too little of one is refused', async (t) => {
  const world = sessionWorld(t);
  for (const _ of [1, 2, 3]) await launch(world, ['--force', '--', 'sleep', '60']);
  const { stdout } = await world.run(['session', 'list']);
  const shown = stdout
    .split('\n')
    .slice(1, -1)
    .map((line) => line.split(' ')[0] ?? '');
  assert.equal(shown.length, 3);
  const ids = new Set<string>();
  for (const id of shown) ids.add((await status(world, id)).sessionId);
  assert.equal(ids.size, 3);
  const ambiguous = await world.run(['session', 'status', 's']);
  assert.equal(ambiguous.code, 64);
  assert.match(ambiguous.stderr, /3 sessions begin with s/);
  assert.equal((await world.run(['session', 'status', 'nobody'])).code, 66);
});

test('a list has what its options select', async (t) => {
  const world = sessionWorld(t);
  const idle = await launch(world, ['-C', '/tmp', '--force', '--stall', '200ms', '--', 'sleep', '60']);
  const busy = await launch(world, ['--', 'sh', '-c', 'while :; do echo x; sleep 0.05; done']);
  await until('the quiet one to be stalled', async () => (await status(world, idle)).state === 'stalled');
  const ids = async (...args: string[]) => (await list(world, ...args)).sessions.map(({ sessionId }) => sessionId);
  assert.deepEqual(await ids('-s', 'stalled'), [idle]);
  assert.deepEqual(await ids('-s', 'running'), [busy]);
  assert.deepEqual(await ids('-C', world.folder), [busy]);
  assert.deepEqual((await ids('-C', '/tmp', '-a', 'process', '--launched')).sort(), [idle, busy].sort());
  assert.deepEqual(await ids('-a', 'codex'), []);
});
