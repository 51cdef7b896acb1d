import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Client } from '@tenure/client';
import { untilFree, untilWaiting } from './lease_views.js';
import { startHolder } from './start_holder.js';
import { World } from './world.js';

/** Far below any TTL here, far above what it takes on a busy machine. */
const SOON_MS = 10_000;
const TTL_MS = 60_000;

/** Milliseconds from a deed to the grant of a wait that had begun before. */
async function timeToGrant(client: Client, resource: string, deed: () => void): Promise<number> {
  const granted = client.hold().acquire({ resource, wait: 'forever' });
  await untilWaiting(client, resource, 1);
  const start = performance.now();
  deed();
  assert.equal((await granted).outcome, 'acquired');
  return performance.now() - start;
}

describe('kill -9 of a holder', () => {
  test('of a program that renews: the next one enters at once', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const holder = startHolder(world, 'r', TTL_MS);
    await holder.line(/^held/);
    assert.ok((await timeToGrant(client, 'r', () => holder.kill('SIGKILL'))) < SOON_MS);
  });

  test('of a wrapper and its command: the next one enters at once', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const holder = world.tenure(['run', 'r', '--', 'sh', '-c', 'echo $$; exec sleep 1000']);
    const command = Number(await holder.line(/^\d+$/));
    const took = await timeToGrant(client, 'r', () => {
      holder.kill('SIGKILL');
      process.kill(command, 'SIGKILL');
    });
    assert.ok(took < SOON_MS, `${took} ms`);
  });

  test('a process that a lease was attached to by --pid takes it along', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const owner = world.start('sleep', ['1000']);
    const ended = await world.run(['lease', 'acquire', 'r', '--pid', String(owner.pid), '--json']);
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal((await client.leases.explainResource({ resource: 'r' })).holders.length, 1);
    owner.kill('SIGKILL');
    await untilFree(client, 'r');
  });

  test('a lease of a TTL stays, for nobody was attached to it', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    assert.equal((await world.run(['lease', 'acquire', 'r', '--ttl', '1h'])).code, 0);
    assert.equal((await client.leases.explainResource({ resource: 'r' })).holders.length, 1);
  });
});
