import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { allLeases } from '../../e2e/lease_views.js';
import { worldWithSecrets, writeProject } from '../../e2e/secret_world.js';
import { until } from '../../e2e/until.js';
import { Terminal } from '../terminal.js';

const skip = !existsSync('/usr/bin/script') && 'needs script(1) of util-linux';

test('Ctrl-C reaches the command alone, and its code is told; the leases go back', { skip }, async (t) => {
  const world = await worldWithSecrets(t, { a: 'one' });
  writeProject(world, { A: 'a' });
  const script = 'trap "echo caught $A; exit 9" INT; echo ready; while :; do sleep 0.05; done';
  const terminal = new Terminal(world, ['secret', 'exec', '--', 'sh', '-c', script]);
  await terminal.shows('ready');
  terminal.type('\x03');
  await terminal.shows('caught one');
  assert.equal(await terminal.end(), 9);
  assert.deepEqual(await allLeases(await world.connect()), []);
});

test('the time limit ends a command on a terminal and what it started, though they ignore TERM', {
  skip,
}, async (t) => {
  const world = await worldWithSecrets(t, { a: 'one' });
  writeProject(world, { A: 'a' });
  const before = world.processes().length;
  const script = 'trap "" TERM; sleep 1000 & echo ready; while :; do sleep 0.05; done';
  const terminal = new Terminal(world, ['secret', 'exec', '--ttl', '2s', '--', 'sh', '-c', script]);
  await terminal.shows('ready');
  await terminal.shows('ending the command');
  assert.equal(await terminal.end(), 124);
  await until('the end of all that it started', () => world.processes().length <= before);
});
