import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@tenure/client';
import { LeaseEventType } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { allLeases, untilFree, untilWaiting } from './lease_views.js';
import { startHolder } from './start_holder.js';
import { until } from './until.js';
import { World } from './world.js';

/** Calls back at the very event of a grant of a resource, once. `watching` resolves when none can be missed. */
function atGrant(client: Client, resource: string, deed: () => void) {
  let ready: () => void = () => undefined;
  const watching = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const done = (async () => {
    for await (const { type } of client.watchLeases({ filter: { resourcePrefix: resource } })) {
      if (type === LeaseEventType.SYNCED) ready();
      if (type !== LeaseEventType.ACQUIRED) continue;
      deed();
      return;
    }
  })();
  return { watching, done };
}

describe('races', () => {
  test('a wrapper killed between spawn and gate: its command never runs, and the lease ends', async (t) => {
    const world = new World(t);
    const daemon = await world.startDaemon();
    const client = await world.connect();
    // The daemon stands still from the grant on, so the command cannot be
    // attached. An attempt in which it was faster proves nothing and is repeated.
    let caught = 0;
    for (let attempt = 0; caught < 3; attempt += 1) {
      assert.ok(attempt < 50, 'the moment was never met');
      const ran = join(world.folder, `ran-${attempt}`);
      const grant = atGrant(client, `gate/${attempt}`, () => daemon.kill('SIGSTOP'));
      await grant.watching;
      const wrapper = world.tenure(['run', `gate/${attempt}`, '--', 'sh', '-c', `echo >${ran}; exec sleep 1000`]);
      await grant.done;
      // Two processes of this world besides daemon and wrapper would be too many; one is the child at its gate.
      await until('the child', () => world.processes().length > 2);
      wrapper.kill('SIGKILL');
      await wrapper.exited;
      // Without the daemon: what it does to whom it does not know must not be what ends the child.
      await until('the child to end or to run', () => existsSync(ran) || world.processes().length === 1);
      daemon.kill('SIGCONT');
      if (existsSync(ran)) {
        const { holders } = await client.leases.explainResource({ resource: `gate/${attempt}` });
        const commands = holders.flatMap(({ attached }) => attached).filter(({ pid }) => pid !== wrapper.pid);
        assert.equal(commands.length, 1, 'the command ran without a lease');
        for (const { pid } of commands) process.kill(pid, 'SIGKILL');
      } else caught += 1;
      await untilFree(client, `gate/${attempt}`);
    }
  });

  test('a daemon stopped for twice the TTL costs a healthy holder nothing', async (t) => {
    const ttlMs = 2_000;
    const world = new World(t);
    const daemon = await world.startDaemon();
    const client = await world.connect();
    const holder = startHolder(world, 'r', ttlMs);
    await holder.line(/^held/);
    const [before] = await allLeases(client);
    const waiter = client.hold().acquire({ resource: 'r', wait: 'forever' });
    await untilWaiting(client, 'r', 1);
    daemon.kill('SIGSTOP');
    await pause(2 * ttlMs);
    daemon.kill('SIGCONT');
    // Two more TTLs: a lease that was to end because of the stall would have ended by now.
    await pause(2 * ttlMs);
    const [after] = await allLeases(client);
    assert.equal(after?.fencingToken, before?.fencingToken);
    assert.doesNotMatch(holder.output(), /lost/);
    holder.kill('SIGTERM');
    assert.equal((await waiter).outcome, 'acquired');
    assert.match((await holder.ended).stdout, /completed/);
  });

  test('a holder stopped for longer than its TTL has lost, and learns of it', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const holder = startHolder(world, 'r', 1_000);
    const token = BigInt((await holder.line(/^held/)).slice('held '.length));
    holder.kill('SIGSTOP');
    const outcome = await client.hold().acquire({ resource: 'r', wait: 'forever' });
    assert.ok(outcome.outcome === 'acquired');
    assert.ok((outcome.leases[0]?.lease.fencingToken ?? 0n) > token);
    holder.kill('SIGCONT');
    await holder.line(/^lost$/);
  });

  test('a waiter killed at the moment of its grant does not keep the lease', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    for (let round = 0; round < 5; round += 1) {
      const resource = `moment/${round}`;
      const first = await client.hold().acquire({ resource });
      assert.ok(first.outcome === 'acquired' && first.leases[0] !== undefined);
      const doomed = startHolder(world, resource, 60_000);
      await untilWaiting(client, resource, 1);
      const next = client.hold().acquire({ resource, wait: 60_000, inherit: false });
      await untilWaiting(client, resource, 2);
      const released = client.hold().release(first.leases[0]);
      doomed.kill('SIGKILL');
      await released;
      const outcome = await next;
      assert.ok(outcome.outcome === 'acquired' && outcome.leases[0] !== undefined, `round ${round}`);
      await client.hold().release(outcome.leases[0]);
    }
  });
});
