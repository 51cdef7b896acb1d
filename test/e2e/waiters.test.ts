import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { untilWaiting } from './lease_views.js';
import type { Running } from './running.js';
import { World } from './world.js';

const WAITERS = 20;

describe('waiters', () => {
  test('twenty are served in the order in which they came', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const holder = world.tenure(['run', 'q', '--', 'sh', '-c', 'echo held; exec sleep 1000']);
    await holder.line(/^held$/);
    const names = Array.from({ length: WAITERS }, (_, index) => `waiter-${index + 1}`);
    const waiters: Running[] = [];
    for (const name of names) {
      const append = `echo ${name} >>order`;
      waiters.push(world.tenure(['run', 'q', '--wait', 'forever', '--client-id', name, '--', 'sh', '-c', append]));
      const { queue } = await untilWaiting(client, 'q', waiters.length);
      assert.deepEqual(
        queue.map(({ clientId, position }) => `${clientId} ${position}`),
        names.slice(0, waiters.length).map((each, index) => `${each} ${index + 1}`),
      );
    }
    holder.kill('SIGTERM');
    assert.equal((await holder.ended).code, 143);
    for (const waiter of waiters) assert.equal((await waiter.ended).code, 0);
    assert.deepEqual(readFileSync(join(world.folder, 'order'), 'utf8').trim().split('\n'), names);
  });

  test('a higher priority is served first, and a waiter that dies leaves the queue at once', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const holder = world.tenure(['run', 'q', '--', 'sh', '-c', 'echo held; exec sleep 1000']);
    await holder.line(/^held$/);
    const wait = (name: string, ...options: string[]) =>
      world.tenure([
        'run',
        'q',
        '--wait',
        'forever',
        '--client-id',
        name,
        ...options,
        '--',
        'sh',
        '-c',
        `echo ${name} >>order`,
      ]);
    const plain = wait('plain');
    await untilWaiting(client, 'q', 1);
    const doomed = wait('doomed');
    await untilWaiting(client, 'q', 2);
    const urgent = wait('urgent', '--priority', '5');
    await untilWaiting(client, 'q', 3);
    doomed.kill('SIGKILL');
    const { queue } = await untilWaiting(client, 'q', 2);
    assert.deepEqual(
      queue.map(({ clientId }) => clientId),
      ['urgent', 'plain'],
    );
    holder.kill('SIGTERM');
    await Promise.all([plain.ended, urgent.ended]);
    assert.equal(readFileSync(join(world.folder, 'order'), 'utf8'), 'urgent\nplain\n');
  });

  test('a wait that runs out ends with 75 and says who holds it', async (t) => {
    const world = new World(t);
    const holder = world.tenure(['run', 'q', '--', 'sh', '-c', 'echo $$; exec sleep 1000']);
    const command = await holder.line(/^\d+$/);
    const ended = await world.run(['run', 'q', '--wait', '200ms', '--', 'echo', 'ran']);
    assert.equal(ended.code, 75);
    assert.equal(ended.stdout, '');
    assert.match(ended.stderr, new RegExp(`held by pid ${command}\\b`));
  });

  test('two that would wait for each other for ever: the second is refused with the cycle', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    await world.start('mkfifo', ['go']).ended;
    const first = world.tenure([
      'run',
      'a',
      '--',
      'sh',
      '-c',
      'echo held; read go <go; exec tenure run b --wait forever -- true',
    ]);
    await first.line(/^held$/);
    const second = world.tenure(['run', 'b', '--', 'sh', '-c', 'echo held; exec tenure run a --wait forever -- true']);
    await second.line(/^held$/);
    await untilWaiting(client, 'a', 1);
    await world.start('sh', ['-c', 'echo >go']).ended;
    const ended = await first.ended;
    assert.equal(ended.code, 75);
    assert.match(ended.stderr, /could never end: .* waits for b .* waits for a /);
    assert.equal((await second.ended).code, 0);
  });
});
