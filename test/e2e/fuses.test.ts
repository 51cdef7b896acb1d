import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { launch, sessionWorld, untilEnded } from './session_world.js';
import { until } from './until.js';
import type { World } from './world.js';

async function set(world: World, ...args: string[]): Promise<string> {
  const ended = await world.run(['fuse', 'set', ...args]);
  assert.equal(ended.code, 0, ended.stderr);
  return ended.stdout.trim();
}

async function shown(world: World): Promise<readonly string[]> {
  const { fuses } = Object(await world.json(['fuse', 'list']));
  return fuses.map(({ fuseId }: { fuseId: string }) => fuseId);
}

describe('tenure fuse', () => {
  test('a command runs once, in its directory, at its time', async (t) => {
    const world = sessionWorld(t);
    const id = await set(world, '5s', '--exec', 'echo "$TENURE_FUSE_ID" >> fired', '-C', '.');
    assert.deepEqual(await shown(world), [id]);
    const fired = join(world.folder, 'fired');
    await until('the fuse to go off', () => existsSync(fired) && readFileSync(fired, 'utf8') !== '');
    assert.equal(readFileSync(fired, 'utf8'), `${id}\n`);
    assert.deepEqual(await shown(world), []);
    assert.equal((await world.run(['fuse', 'extend', id, '1h'])).code, 66);
  });

  test('two of one directory stand beside each other; one is moved, one cancelled', async (t) => {
    const world = sessionWorld(t);
    const first = await set(world, '1h', '--event', 'fuse.a', '-C', '.', '--label', 'one');
    const second = await set(world, '2h', '--exec', 'true', '-C', '.');
    assert.deepEqual(await shown(world), [first, second]);
    assert.match(
      (await world.run(['fuse', 'extend', first, '3h'])).stdout,
      /^\S+ goes off in 3h \(\d\d:\d\d\): event fuse\.a\n$/,
    );
    assert.deepEqual(await shown(world), [second, first]);
    const cancelled = await world.run(['fuse', 'cancel', second, 'nobody']);
    assert.deepEqual(
      [cancelled.code, cancelled.stdout],
      [0, `${second}: cancelled (exec true)\nnobody: was not there\n`],
    );
    assert.deepEqual(await shown(world), [first]);
    const { stdout } = await world.run(['fuse', 'list', '-C', '/']);
    assert.equal(stdout, 'no fuses\n');
  });

  test('a session is stopped by its fuse, also where the daemon was away then', async (t) => {
    const world = sessionWorld(t);
    const id = await launch(world, ['--', 'sleep', '60']);
    await set(world, '1s', '--stop', '--session', id.slice(0, 6));
    process.kill(world.daemonPid(), 'SIGKILL');
    const ended = await untilEnded(world, id);
    assert.deepEqual([ended.outcome, ended.stop?.by], ['cancelled', 'fuse']);
    assert.deepEqual(await shown(world), []);
  });
});
