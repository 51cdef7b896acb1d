import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTenureError, LeaseEnd, LeaseEventType, LeaseLostError } from '@tenure/client';
import { until } from '../e2e/until.js';
import { World } from '../e2e/world.js';
import { acquireOne } from './acquired.js';

test('a kill of the daemon costs neither leases nor places in the queue', async (context) => {
  const world = new World(context);
  const daemon = await world.startDaemon();
  const [holder, waiter] = [await world.connect(), await world.connect()];
  const lease = await acquireOne(holder.hold(), { resource: 'demo' });
  let isQueued = false;
  const waiting = acquireOne(waiter.hold(), {
    resource: 'demo',
    wait: 'forever',
    inherit: false,
    onQueue: () => {
      isQueued = true;
    },
  });
  await until('the waiter queues', () => isQueued);
  daemon.kill('SIGKILL');
  await daemon.ended;
  isQueued = false;
  await world.startDaemon();
  await until('the waiter queues again', () => isQueued);
  const { leases } = await holder.leases.listLeases();
  assert.deepEqual(
    leases.map(({ leaseId }) => leaseId),
    [lease.lease.leaseId],
  );
  assert.equal(lease.state, 'held');
  await holder.hold().release(lease);
  const next = await waiting;
  assert.ok(next.lease.fencingToken > lease.lease.fencingToken);
});

test('a daemon that stands still puts leases in jeopardy and gives the time back', async (context) => {
  const world = new World(context);
  const daemon = await world.startDaemon();
  const hold = (await world.connect()).hold();
  const lease = await acquireOne(hold, { resource: 'demo', ttlMs: 1_000 });
  daemon.kill('SIGSTOP');
  await until('the deadline passes', () => lease.state === 'jeopardy');
  const later = performance.now() + 1_500;
  await until('twice the TTL passes', () => performance.now() > later);
  daemon.kill('SIGCONT');
  await until('the daemon goes on', () => lease.state === 'held');
  assert.equal(lease.signal.aborted, false);
});

test('a revoked lease is lost to its holder and to whoever runs under it', async (context) => {
  const world = new World(context);
  await world.startDaemon();
  const [holder, heir] = [await world.connect(), await world.connect()];
  const result = await holder.withLease({ resource: 'demo' }, async (outer) => {
    const inner = await heir.withLease({ resource: 'demo' }, async ({ signal }) => {
      await holder.leases.revokeLeases({ target: { $case: 'leaseId', value: outer.lease.lease.leaseId } });
      await until('the heir hears of it', () => signal.aborted);
      assert.ok(signal.reason instanceof LeaseLostError);
      assert.equal(signal.reason.end, LeaseEnd.REVOKED);
      return 'inner';
    });
    await until('the holder hears of it', () => outer.signal.aborted);
    return inner.status;
  });
  assert.deepEqual(result, { status: 'completed', value: 'inherited', end: 'lost' });
});

test('a watch goes over a restart without a gap, a double, or a second snapshot', async (context) => {
  const world = new World(context);
  const daemon = await world.startDaemon();
  const client = await world.connect();
  const seen: string[] = [];
  let snapshots = 0;
  const controller = new AbortController();
  const onSnapshot = () => {
    snapshots += 1;
  };
  const watching = (async () => {
    for await (const { type, lease } of client.watchLeases({ onSnapshot, signal: controller.signal })) {
      if (type === LeaseEventType.ACQUIRED || type === LeaseEventType.SNAPSHOT) {
        seen.push(lease?.resource ?? '');
      }
    }
  })();
  const acquire = (resource: string) =>
    client.leases.acquireLease({ wishes: [{ resource }], attachPids: [process.pid], clientId: resource });
  await acquire('a');
  await until('the first is seen', () => seen.length === 1);
  daemon.kill('SIGKILL');
  await daemon.ended;
  await world.startDaemon();
  await acquire('b');
  await until('the second is seen', () => seen.includes('b'));
  controller.abort();
  await watching;
  assert.deepEqual(seen, ['a', 'b']);
  assert.equal(snapshots, 1);
});

test('each reason comes with what the daemon says', async (context) => {
  const world = new World(context);
  await world.startDaemon();
  const client = await world.connect();
  await assert.rejects(client.leases.getLease({ leaseId: 'lnone' }), (error) =>
    isTenureError(error, 'LEASE_NOT_FOUND'),
  );
  await assert.rejects(client.hold().acquire({ resource: '' }), (error) => isTenureError(error, 'INVALID_FIELD'));
  await assert.rejects(client.hold().acquire({ resource: 'secret/x' }), (error) =>
    isTenureError(error, 'RESERVED_RESOURCE'),
  );
  await assert.rejects(client.leases.renewLease({ ownerToken: 'tno_forged' }), (error) =>
    isTenureError(error, 'WRONG_TOKEN'),
  );
});

test('the status arrives at once, and again over a restart', async (context) => {
  const world = new World(context);
  const daemon = await world.startDaemon();
  const client = await world.connect();
  const starts: bigint[] = [];
  for await (const { startCount } of client.watchStatus({ intervalMs: 200 })) {
    starts.push(startCount);
    if (startCount === 2n) {
      break;
    }
    if (starts.length === 1) {
      daemon.kill('SIGTERM');
      await daemon.ended;
      await world.startDaemon();
    }
  }
  assert.equal(starts[0], 1n);
});
