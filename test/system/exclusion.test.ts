// needs: flock
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Client } from '@tenure/client';
import { untilWaiting } from '../e2e/lease_views.js';
import type { Running } from '../e2e/running.js';
import { World } from '../e2e/world.js';

const WAITERS = 20;
const TURNS = 10;
/** The witness: fails at once where anybody else is in the critical section. */
const witness = (name: string) => ['flock', '-n', 'sentinel', 'sh', '-c', `echo ${name} >>order; sleep 0.02`];

/** A program that takes the lease again and again through the library. */
async function program(world: World, client: Client, name: string): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) {
    const [command = '', ...args] = witness(name);
    const result = await client.withLease({ resource: 'q', wait: 'forever', inherit: false }, async () => {
      const ended = await world.start(command, args).ended;
      assert.equal(ended.code, 0, `${name} was not alone`);
    });
    assert.equal(result.status, 'completed');
  }
}

describe('exclusion, with flock as the witness', () => {
  test('two programs and twenty waiters: one at a time, the waiters in order', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const holder = world.tenure([
      'run',
      'q',
      '--',
      'flock',
      '-n',
      'sentinel',
      'sh',
      '-c',
      'echo held; exec sleep 1000',
    ]);
    await holder.line(/^held$/);
    const names = Array.from({ length: WAITERS }, (_, index) => `waiter-${index}`);
    const waiters: Running[] = [];
    for (const name of names) {
      waiters.push(world.tenure(['run', 'q', '--wait', 'forever', '--', ...witness(name)]));
      await untilWaiting(client, 'q', waiters.length);
    }
    const programs = ['one', 'two'].map(async (name) => program(world, await world.connect(), name));
    await untilWaiting(client, 'q', WAITERS + 2);
    holder.kill('SIGTERM');
    for (const waiter of waiters) assert.equal((await waiter.ended).code, 0, 'a waiter was not alone');
    await Promise.all(programs);
    const order = readFileSync(join(world.folder, 'order'), 'utf8').trim().split('\n');
    assert.deepEqual(order.slice(0, WAITERS), names);
    assert.equal(order.length, WAITERS + 2 * TURNS);
  });

  test('a killed wrapper’s command is ended before the next one enters', async (t) => {
    const world = new World(t, { config: 'leases:\n  terminateGrace: 500ms\n' });
    await world.startDaemon();
    const client = await world.connect();
    const stubborn = 'trap "" TERM; echo held; while :; do sleep 0.05; done';
    const waiting = ['run', 'q', '--wait', 'forever'];
    const command = ['flock', '-n', 'sentinel', 'sh', '-c', stubborn];
    // Both wait before either holds, for the first one holds for a moment only.
    const hold = client.hold();
    const before = await hold.acquire({ resource: 'q' });
    assert.ok(before.outcome === 'acquired' && before.leases[0] !== undefined);
    const wrapper = world.tenure([...waiting, '--max-hold', '500ms', '--', ...command]);
    await untilWaiting(client, 'q', 1);
    const next = world.tenure([...waiting, '--', ...witness('next')]);
    await untilWaiting(client, 'q', 2);
    await hold.release(before.leases[0]);
    await wrapper.line(/^held$/);
    wrapper.kill('SIGKILL');
    assert.equal((await next.ended).code, 0, next.output(2));
    assert.equal(readFileSync(join(world.folder, 'order'), 'utf8'), 'next\n');
  });
});
