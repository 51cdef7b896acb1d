import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { durationToMillis, isTenureError, LeaseEnd, LeaseLostError } from '@tenure/client';
import { acquireOne } from './acquired.js';
import { FakeDaemon } from './fake_daemon.js';
import { waitMillis } from './fake_leases.js';
import { until } from './until.js';

test('after a break the leases are taken up again with their tokens', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client()).hold();
  const lease = await acquireOne(hold, { resource: 'demo' });
  await daemon.stop();
  await daemon.start();
  await until('the lease is resumed', () => daemon.operations('resume').length === 1);
  const [resume] = daemon.operations('resume');
  assert.deepEqual(resume?.operation?.value, { ownerToken: lease.ownerToken });
  assert.equal(lease.state, 'held');
  assert.equal((await hold.release(lease)).outcome, 'released');
});

test('a lease that ended while the daemon was away is lost on its word', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client()).hold();
  const lease = await acquireOne(hold, { resource: 'demo' });
  const lost: LeaseLostError[] = [];
  hold.onLost((error) => lost.push(error));
  await daemon.stop();
  daemon.leases.end(lease.lease.leaseId, LeaseEnd.EXPIRED);
  assert.equal(lease.state, 'held');
  await daemon.start();
  await until('the loss is told', () => lost.length === 1);
  assert.equal(lost[0]?.end, LeaseEnd.EXPIRED);
  assert.equal(lease.state, 'lost');
  assert.equal(lease.signal.reason, lost[0]);
  assert.deepEqual(await hold.release(lease), { outcome: 'ended', end: LeaseEnd.EXPIRED });
});

test('a waiter survives a restart as the same request, with the time that is left', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client()).hold();
  const taken = daemon.leases.occupy('demo');
  const waiting = acquireOne(hold, { resource: 'demo', wait: 60_000 });
  await until('the waiter queues', () => daemon.leases.queueLength === 1);
  await daemon.stop();
  await daemon.start();
  await until('the waiter queues again', () => daemon.leases.queueLength === 1);
  const [first, second] = daemon.operations('acquire');
  assert.ok(first?.operation?.$case === 'acquire' && second?.operation?.$case === 'acquire');
  assert.equal(second.operation.value.requestId, first.operation.value.requestId);
  assert.notEqual(first.operation.value.requestId, '');
  assert.equal(waitMillis(first), 60_000);
  assert.ok((waitMillis(second) ?? 0) < 60_000);
  const { waitedBefore } = second.operation.value;
  assert.equal(first.operation.value.waitedBefore, undefined);
  assert.ok(waitedBefore !== undefined);
  const whole = (waitMillis(second) ?? 0) + durationToMillis(waitedBefore);
  assert.ok(Math.abs(whole - 60_000) < 1, 'what it has waited, and what is left');
  daemon.leases.end(taken.leaseId, LeaseEnd.RELEASED);
  assert.equal((await waiting).state, 'held');
});

test('a grant whose answer was lost with the connection is not asked for twice', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client()).hold();
  let arrived = 0;
  daemon.swallow = (operation) => {
    arrived += 1;
    // Granted, and the connection breaks before the answer is out.
    daemon.leases.run(operation, { answer: () => undefined });
    return true;
  };
  const acquiring = acquireOne(hold, { resource: 'demo' });
  await until('the request is in', () => arrived === 1);
  daemon.swallow = () => false;
  daemon.breakConnections();
  const lease = await acquiring;
  assert.equal(daemon.leases.all().length, 1);
  assert.equal(daemon.leases.all()[0]?.leaseId, lease.lease.leaseId);
});

test('a release that found no daemon is sent when it is back', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client()).hold();
  const lease = await acquireOne(hold, { resource: 'demo' });
  await daemon.stop();
  const releasing = hold.release(lease);
  await daemon.start();
  assert.equal((await releasing).outcome, 'released');
  assert.equal(daemon.operations('resume').length, 0);
});

test('a try that finds no daemon gives up in time; a waiter for ever does not', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client(3_000)).hold();
  await acquireOne(hold, { resource: 'first' });
  await daemon.stop();
  const patient = acquireOne(hold, { resource: 'patient', wait: 'forever' });
  const unreachable = (error: unknown) => isTenureError(error, 'UNREACHABLE');
  await assert.rejects(hold.acquire({ resource: 'hasty' }), unreachable);
  await assert.rejects(hold.acquire({ resource: 'hasty', wait: 'forever', mostAwayMs: 100 }), unreachable);
  await daemon.start();
  assert.equal((await patient).state, 'held');
  await until('nobody holds for who gave up', () => daemon.leases.all().every(({ resource }) => resource !== 'hasty'));
});

test('a waiter that is aborted while the daemon is away leaves nothing behind', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client()).hold();
  const taken = daemon.leases.occupy('demo');
  const controller = new AbortController();
  const waiting = hold.acquire({ resource: 'demo', wait: 'forever', signal: controller.signal });
  await until('the waiter queues', () => daemon.leases.queueLength === 1);
  await daemon.stop();
  controller.abort();
  await assert.rejects(waiting, (error) => isTenureError(error, 'CANCELLED'));
  daemon.leases.end(taken.leaseId, LeaseEnd.RELEASED);
  await daemon.start();
  await until('the acquire is settled with the new daemon', () => daemon.operations('acquire').length === 2);
  await until('nothing is held for nobody', () => daemon.leases.all().length === 0);
});

test('an inherited lease is asked after once the connection is back', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const client = await daemon.client();
  const other = await daemon.client();
  const outer = await acquireOne(client.hold(), { resource: 'demo' });
  process.env['TENURE_LEASES'] = outer.inheritToken;
  context.after(() => {
    delete process.env['TENURE_LEASES'];
  });
  const inner = await acquireOne(other.hold(), { resource: 'demo' });
  assert.equal(inner.outcome, 'inherited');
  await daemon.stop();
  daemon.leases.end(outer.lease.leaseId, LeaseEnd.REVOKED);
  await daemon.start();
  await until('the heir hears of the loss', () => inner.state === 'lost');
  assert.ok(inner.signal.reason instanceof LeaseLostError);
});

test('an operation that the daemon refuses on its way out is asked of the next one', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client()).hold();
  daemon.swallow = ({ operationId }) => {
    const error = { code: status.UNAVAILABLE, reason: 'SHUTTING_DOWN', message: 'bye', metadata: new Map() };
    daemon.push({ $case: 'result', value: { operationId, result: { $case: 'error', value: error } } });
    return true;
  };
  const acquiring = acquireOne(hold, { resource: 'demo' });
  await until('it is refused', () => daemon.received.length === 1);
  await daemon.stop();
  daemon.swallow = () => false;
  await daemon.start();
  assert.equal((await acquiring).state, 'held');
});
