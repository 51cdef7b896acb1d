import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeldLease, LeaseOptions } from '@tenure/client';
import { runUnderLeases } from '@tenure/client/command';
import { until } from '../../e2e/until.js';
import { World } from '../../e2e/world.js';
import { acquireOne } from '../acquired.js';

test('a command runs on where an ancestor gives its lease back before the gate opens: it keeps the resource itself', {
  timeout: 60_000,
}, async (context) => {
  const world = new World(context);
  await world.startDaemon();
  const [ancestor, client] = [await world.connect(), await world.connect()];
  await ancestor.withLease({ resource: 'demo' }, async (outer) => {
    const wish: LeaseOptions = { resource: 'demo', liveness: 'process' };
    const hold = client.hold();
    const inherited = await acquireOne(hold, wish);
    assert.equal(inherited.outcome, 'inherited');
    const release = hold.release.bind(hold);
    // The command has joined the lease by then, and waits at its gate.
    hold.release = async (joined: HeldLease) => {
      if (inherited.state !== 'lost') {
        await ancestor.hold().release(outer.lease);
        await until('the heir hears of it', () => inherited.state === 'lost');
      }
      return await release(joined);
    };
    const ended = await runUnderLeases({
      client,
      leases: [inherited],
      wish,
      command: { command: 'sh', args: ['-c', 'exit 7'], environment: world.env, ownGroup: true, killAfterMs: 1_000 },
      onStart: () => undefined,
      onNews: (news) => assert.fail(news.kind),
    });
    assert.deepEqual(ended, { outcome: 'exited', exit: { code: 7, signal: null } });
  });
});
