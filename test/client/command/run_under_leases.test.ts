import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeldLease } from '@tenure/client';
import { runUnderLeases } from '@tenure/client/command';
import { until } from '../../e2e/until.js';
import { World } from '../../e2e/world.js';
import { acquireOne } from '../acquired.js';

for (const asked of ['while it drains', 'once it has gone with the command'] as const) {
  test(`a command runs on where an ancestor gives its lease back before the gate opens: it keeps the resource itself; asked of it ${asked}`, {
    timeout: 60_000,
  }, async (context) => {
    const world = new World(context);
    await world.startDaemon();
    const [ancestor, client] = [await world.connect(), await world.connect()];
    const getLease = client.leases.getLease.bind(client.leases);
    client.leases.getLease = async (request) => {
      if (asked === 'once it has gone with the command') {
        await until('the end of the lease', async () => (await ancestor.leases.listLeases()).leases.length === 0);
      }
      return await getLease(request);
    };
    await ancestor.withLease({ resource: 'demo' }, async (outer) => {
      const hold = client.hold();
      const inherited = await acquireOne(hold, { resource: 'demo', liveness: 'process' });
      assert.equal(inherited.outcome, 'inherited');
      const attach = hold.attach.bind(hold);
      hold.attach = async (lease: HeldLease, pid: number) => {
        const attached = await attach(lease, pid);
        // The command has joined the lease by now, and waits at its gate.
        await ancestor.hold().release(outer.lease);
        await until('the heir hears of it', () => inherited.state === 'lost');
        return attached;
      };
      const ended = await runUnderLeases({
        client,
        leases: [inherited],
        command: { command: 'sh', args: ['-c', 'exit 7'], environment: world.env, ownGroup: true, killAfterMs: 1_000 },
        onStart: () => undefined,
        onNews: (news) => assert.fail(news.kind),
      });
      assert.deepEqual(ended, { outcome: 'exited', exit: { code: 7, signal: null } });
    });
  });
}
