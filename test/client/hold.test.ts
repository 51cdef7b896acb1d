import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { isTenureError, LeaseEnd, LeaseLiveness, type QueueUpdate } from '@tenure/client';
import { acquireOne, leasesOf } from './acquired.js';
import { FakeDaemon } from './fake_daemon.js';
import { until } from './until.js';

test('a lease is granted with its tokens, and is free again once released', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client()).hold();
  const lease = await acquireOne(hold, { resource: 'demo', reason: 'nightly', metadata: { run: '7' } });
  assert.equal(lease.lease.resource, 'demo');
  assert.equal(lease.lease.reason, 'nightly');
  assert.deepEqual([...lease.lease.metadata], [['run', '7']]);
  assert.equal(lease.state, 'held');
  assert.match(lease.ownerToken ?? '', /^tno_/);
  const released = await hold.release(lease);
  assert.equal(released.outcome, 'released');
  assert.equal(lease.state, 'released');
  assert.equal(daemon.leases.all().length, 0);
  assert.equal(lease.signal.aborted, false);
});

test('that a resource is held is an answer, with who holds it', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const taken = daemon.leases.occupy('demo');
  const outcome = await (await daemon.client()).hold().acquire({ resource: ['demo', 'other'] });
  assert.equal(outcome.outcome, 'held');
  assert.equal(daemon.leases.all().length, 1);
  const [result] = outcome.outcome === 'held' ? outcome.results : [];
  const [blocker] = result?.outcome?.$case === 'held' ? result.outcome.value.blockers : [];
  assert.equal(blocker?.blocker?.$case === 'lease' ? blocker.blocker.value.leaseId : undefined, taken.leaseId);
});

test('operations of one turn travel together, and never more than 1,024', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client()).hold();
  const names = Array.from({ length: 1_500 }, (_, index) => `pool/${index}`);
  const outcomes = await Promise.all(names.map((resource) => hold.acquire({ resource })));
  assert.deepEqual(daemon.batches, [1_024, 476]);
  // Each answer reached the one who asked for it.
  assert.deepEqual(
    outcomes.map((outcome) => leasesOf(outcome)[0]?.lease.resource),
    names,
  );
});

test('large operations are split by size before a message outgrows the daemon', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client()).hold();
  const metadata = Object.fromEntries(Array.from({ length: 32 }, (_, index) => [`key${index}`, 'é'.repeat(256)]));
  const wishes = Array.from({ length: 400 }, (_, index) => hold.acquire({ resource: `big/${index}`, metadata }));
  // 400 times 16 KB are more than the 4 MiB that the server takes.
  assert.equal((await Promise.all(wishes)).length, 400);
});

test('a waiter is told its place and gets the lease when it is free', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client()).hold();
  const taken = daemon.leases.occupy('demo');
  const updates: QueueUpdate[] = [];
  const waiting = acquireOne(hold, { resource: 'demo', wait: 'forever', onQueue: (update) => updates.push(update) });
  await until('the waiter hears its place', () => updates.length > 0);
  assert.equal(updates[0]?.position, 1);
  daemon.leases.end(taken.leaseId, LeaseEnd.RELEASED);
  assert.equal((await waiting).lease.resource, 'demo');
});

test('aborting takes a waiter out of the queue', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client()).hold();
  daemon.leases.occupy('demo');
  const controller = new AbortController();
  const waiting = hold.acquire({ resource: 'demo', wait: 'forever', signal: controller.signal });
  await until('the waiter queues', () => daemon.leases.queueLength === 1);
  controller.abort();
  await assert.rejects(waiting, (error) => isTenureError(error, 'CANCELLED'));
  assert.equal(daemon.leases.queueLength, 0);
});

test('a grant that crosses the abort on its way is given back', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client()).hold();
  const taken = daemon.leases.occupy('demo');
  const controller = new AbortController();
  const waiting = hold.acquire({ resource: 'demo', wait: 'forever', signal: controller.signal });
  await until('the waiter queues', () => daemon.leases.queueLength === 1);
  daemon.leases.end(taken.leaseId, LeaseEnd.RELEASED);
  assert.equal(daemon.leases.all().length, 1);
  controller.abort();
  await assert.rejects(waiting, (error) => isTenureError(error, 'CANCELLED'));
  await until('the grant is given back', () => daemon.leases.all().length === 0);
});

test('a signal that has fired already asks the daemon nothing', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client()).hold();
  await assert.rejects(hold.acquire({ resource: 'demo', signal: AbortSignal.abort() }), (error) =>
    isTenureError(error, 'CANCELLED'),
  );
  assert.equal(daemon.received.length, 0);
});

test('a refused operation throws the reason; the others of its stream go on', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client()).hold();
  daemon.swallow = ({ operation, operationId }) => {
    if (operation?.$case !== 'acquire' || operation.value.reason !== 'bad') {
      return false;
    }
    const metadata = new Map([['cycle', 'a → b → a']]);
    const error = { code: status.FAILED_PRECONDITION, reason: 'DEADLOCK', message: 'in a circle', metadata };
    daemon.push({ $case: 'result', value: { operationId, result: { $case: 'error', value: error } } });
    return true;
  };
  const [bad, good] = await Promise.allSettled([
    hold.acquire({ resource: 'a', reason: 'bad' }),
    hold.acquire({ resource: 'b' }),
  ]);
  assert.equal(good.status, 'fulfilled');
  const error: unknown = bad.status === 'rejected' ? bad.reason : undefined;
  assert.ok(isTenureError(error, 'DEADLOCK'));
  assert.equal(error.code, status.FAILED_PRECONDITION);
  assert.equal(error.metadata['cycle'], 'a → b → a');
});

test('a stream that the daemon refuses throws its reason to all who wait', async (context) => {
  const daemon = await FakeDaemon.start(context);
  daemon.refuseStreams = { code: status.PERMISSION_DENIED, reason: 'ROLE_DENIED' };
  const hold = (await daemon.client()).hold();
  await assert.rejects(hold.acquire({ resource: 'demo' }), (error) => isTenureError(error, 'ROLE_DENIED'));
  daemon.refuseStreams = undefined;
  assert.equal((await acquireOne(hold, { resource: 'demo' })).state, 'held');
});

test("a process is attached to a lease of one's own", async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client()).hold();
  const lease = await acquireOne(hold, { resource: 'demo', liveness: 'process', attachPids: [4711] });
  assert.equal(lease.lease.liveness, LeaseLiveness.PROCESS);
  const attached = await hold.attach(lease, 4712);
  assert.equal(attached.pid, 4712);
});

test('a listener hears who waits, until it is taken off', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client()).hold();
  const lease = await acquireOne(hold, { resource: 'demo' });
  const heard: number[] = [];
  const stop = hold.onContended(({ queueLength }, contended) => {
    assert.equal(contended, lease);
    heard.push(queueLength);
  });
  const { leaseId } = lease.lease;
  daemon.push({ $case: 'contended', value: { leaseId, resource: 'demo', queueLength: 2 } });
  await until('the holder hears that others wait', () => heard.length === 1);
  stop();
  daemon.push({ $case: 'contended', value: { leaseId, resource: 'demo', queueLength: 1 } });
  await hold.release(lease);
  assert.deepEqual(heard, [2]);
});

test('a wish that a lease be given back is heard once, also by who listens later', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const client = await daemon.client();
  const heard: string[] = [];
  client.hold().onYieldRequested(({ reason }, { lease }) => heard.push(`${lease.resource}: ${reason}`));
  await client.withLease({ resource: 'demo' }, async (scope) => {
    const { leaseId } = scope.lease.lease;
    const requestTime = { seconds: 5n, nanos: 0 };
    const value = { leaseId, resource: 'demo', reason: 'a release', requester: undefined, requestTime };
    daemon.push({ $case: 'yieldRequested', value });
    await until('the holder hears of it', () => heard.length === 1);
    assert.equal(scope.lease.yieldRequest?.reason, 'a release');
    const late = new Promise((resolve) => scope.onYieldRequested(({ reason }) => resolve(reason)));
    assert.equal(await late, 'a release');
    // As after a break.
    daemon.push({ $case: 'yieldRequested', value });
    daemon.push({
      $case: 'yieldRequested',
      value: { ...value, reason: 'now', requestTime: { seconds: 6n, nanos: 0 } },
    });
    await until('the holder hears of the next one', () => heard.length === 2);
  });
  assert.deepEqual(heard, ['demo: a release', 'demo: now']);
});

test('closing gives back what the hold renews, not what belongs to processes', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client()).hold();
  const renewed = await acquireOne(hold, { resource: 'renewed' });
  await acquireOne(hold, { resource: 'of-a-process', liveness: 'process' });
  daemon.leases.occupy('taken');
  const waiting = hold.acquire({ resource: 'taken', wait: 'forever' });
  const waited = assert.rejects(waiting, (error) => isTenureError(error, 'CANCELLED'));
  await until('the waiter queues', () => daemon.leases.queueLength === 1);
  await hold.close();
  await waited;
  assert.deepEqual(
    daemon.leases.all().map(({ resource }) => resource),
    ['of-a-process', 'taken'],
  );
  assert.equal(daemon.leases.queueLength, 0);
  assert.ok(isTenureError(renewed.signal.reason, 'CANCELLED'));
  await assert.rejects(hold.acquire({ resource: 'x' }), (error) => isTenureError(error, 'CANCELLED'));
  await until('the stream ends', () => daemon.openHolds === 0);
});

test('closing does not wait for a daemon that is gone', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const client = await daemon.client(120_000);
  await acquireOne(client.hold(), { resource: 'demo' });
  await daemon.stop();
  const begin = performance.now();
  await client.close();
  assert.ok(performance.now() - begin < 60_000);
});

test('one signal may end any number of calls, without a warning of a leak', async (context) => {
  const warnings: string[] = [];
  const warn = ({ message }: Error) => warnings.push(message);
  process.on('warning', warn);
  context.after(() => process.off('warning', warn));
  const daemon = await FakeDaemon.start(context);
  const client = await daemon.client();
  const { signal } = new AbortController();
  const controller = new AbortController();
  daemon.leases.occupy('demo');
  const waiting = Array.from({ length: 30 }, () =>
    client.hold().acquire({ resource: 'demo', wait: 'forever', signal: controller.signal }),
  );
  const watching = Array.from({ length: 30 }, () =>
    client.watchLeases({ signal: controller.signal })[Symbol.asyncIterator]().next(),
  );
  // Heard of from the beginning: they are refused, at once or a moment later.
  const asking = Promise.allSettled(
    Array.from({ length: 30 }, () => client.leases.getLease({ leaseId: 'x' }, { signal })),
  );
  await until('all wait', () => daemon.leases.queueLength === 30 && daemon.watches.length === 30);
  controller.abort();
  await Promise.allSettled([...waiting, ...watching, asking]);
  assert.deepEqual(warnings, []);
});
