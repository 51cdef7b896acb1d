import assert from 'node:assert/strict';
import { test } from 'node:test';
import { untilWaiting } from '../../e2e/lease_views.js';
import { World } from '../../e2e/world.js';

test('where standard error is no terminal, a wait is told in one line when it begins', async (t) => {
  const world = new World(t);
  const holder = world.tenure(['run', 'r', '--', 'sh', '-c', 'echo held; exec sleep 1000']);
  await holder.line(/^held$/);
  const client = await world.connect();
  const first = world.tenure(['run', 'r', '--wait', 'forever', '--', 'true']);
  await untilWaiting(client, 'r', 1);
  const second = world.tenure(['run', 'r', '--wait', 'forever', '--', 'true']);
  const silent = ['run', 'r', '--wait', '300ms', '--json', '--', 'true'];
  await untilWaiting(client, 'r', 2);
  const document: unknown = JSON.parse((await world.run(silent)).stderr);
  assert.ok(typeof document === 'object');
  holder.kill('SIGTERM');
  assert.match((await first.ended).stderr, /^tenure: waiting for r, position 1, held by pid \d+ sleep .*\n$/);
  assert.match((await second.ended).stderr, /^tenure: waiting for r, position 2, held by pid \d+ sleep .*\n$/);
});

test('waiting for an ancestor under --no-inherit is told as that', async (t) => {
  const world = new World(t);
  const inner = ['tenure', 'run', 'r', '--no-inherit', '--wait', '300ms', '--', 'true'];
  const ended = await world.run(['run', 'r', '--', ...inner]);
  assert.equal(ended.code, 75, ended.stderr);
  assert.match(ended.stderr, /^tenure: waiting for r, .*, a parent of this process$/m);
});

test('lease acquire tells who holds what it waits for', async (t) => {
  const world = new World(t);
  const holder = world.tenure(['run', 'r', '--', 'sh', '-c', 'echo held; exec sleep 1000']);
  await holder.line(/^held$/);
  const ended = await world.run(['lease', 'acquire', 'r', '--wait', '300ms']);
  assert.equal(ended.code, 75);
  assert.match(ended.stderr, /^tenure: waiting for r, held by pid \d+ sleep .*\n$/);
});

test('with held=0 a held resource is skipped without a word', async (t) => {
  const world = new World(t);
  const holder = world.tenure(['run', 'r', '--', 'sh', '-c', 'echo held; exec sleep 1000']);
  await holder.line(/^held$/);
  const skipped = await world.run(['run', 'r', '--exit-code', 'held=0', '--', 'echo', 'ran']);
  assert.deepEqual([skipped.code, skipped.stdout, skipped.stderr], [0, '', '']);
});
