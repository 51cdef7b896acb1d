import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HeldLease, isTenureError, LeaseEnd, LeaseLostError } from '@tenure/client';
import { acquireOne } from './acquired.js';
import { FakeDaemon } from './fake_daemon.js';
import { until } from './until.js';

test('leases are renewed together, and not at once', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client()).hold();
  const begin = performance.now();
  await Promise.all(['a', 'b', 'c'].map((resource) => acquireOne(hold, { resource, ttlMs: 3_000 })));
  await until('all are renewed', () => daemon.operations('renew').length >= 3);
  const passed = performance.now() - begin;
  assert.ok(passed >= 750, `renewed after ${passed} ms`);
  assert.deepEqual(daemon.batches.slice(0, 2), [3, 3]);
});

test('a lease of a process is never renewed and has no deadline', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client()).hold();
  const process = await acquireOne(hold, { resource: 'p', liveness: 'process', ttlMs: 100 });
  await acquireOne(hold, { resource: 'h', ttlMs: 100 });
  await until('the other is renewed twice', () => daemon.operations('renew').length >= 2);
  const tokens = daemon
    .operations('renew')
    .map(({ operation }) => (operation?.$case === 'renew' ? operation.value.ownerToken : ''));
  assert.equal(tokens.includes(process.ownerToken ?? ''), false);
  assert.equal(process.state, 'held');
});

test('a daemon that is silent past the deadline puts leases in jeopardy, its word takes them out', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client()).hold();
  const lease = await acquireOne(hold, { resource: 'demo', ttlMs: 1_000 });
  const heard: string[] = [];
  hold.onJeopardy((endangered) => heard.push(`jeopardy ${endangered.lease.resource}`));
  hold.onSafe((safe) => heard.push(`safe ${safe.lease.resource}`));
  await daemon.stop();
  await until('the deadline passes', () => lease.state === 'jeopardy');
  assert.equal(lease.signal.aborted, false);
  await daemon.start();
  await until('the daemon is back', () => heard.length >= 2);
  assert.deepEqual(heard.slice(0, 2), ['jeopardy demo', 'safe demo']);
});

test('an answer to a renewal that took longer than the TTL gives no safety', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client()).hold();
  const lease = await acquireOne(hold, { resource: 'demo', ttlMs: 200 });
  const kept: bigint[] = [];
  daemon.swallow = ({ operation, operationId }) => {
    if (operation?.$case === 'renew' && kept.length === 0) {
      kept.push(operationId);
      return true;
    }
    return operation?.$case === 'renew';
  };
  await until('the renewal is on its way', () => kept.length === 1);
  const late = performance.now() + 200;
  await until('its TTL passes', () => performance.now() > late && lease.state === 'jeopardy');
  const [operationId] = kept;
  assert.ok(operationId !== undefined);
  const renewed = { outcome: { $case: 'renewed' as const, value: lease.lease } };
  daemon.push({ $case: 'result', value: { operationId, result: { $case: 'renewed', value: renewed } } });
  await until('it is renewed again', () => daemon.operations('renew').length >= 2);
  assert.equal(lease.state, 'jeopardy');
});

test('a revoked lease fires the signal with the reason of its end', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client()).hold();
  const lease = await acquireOne(hold, { resource: 'demo' });
  const lost: HeldLease[] = [];
  hold.onLost((_, which) => lost.push(which));
  daemon.revoke(lease.lease.leaseId);
  await until('the signal fires', () => lease.signal.aborted);
  const reason: unknown = lease.signal.reason;
  assert.ok(reason instanceof LeaseLostError && isTenureError(reason, 'LEASE_ENDED'));
  assert.equal(reason.end, LeaseEnd.REVOKED);
  assert.match(reason.message, /demo is gone \(revoked by an operator\)/);
  assert.deepEqual(lost, [lease]);
});

test('a renewal that is answered with the end of the lease loses it', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client()).hold();
  const lease = await acquireOne(hold, { resource: 'demo', ttlMs: 150 });
  daemon.leases.end(lease.lease.leaseId, LeaseEnd.EXPIRED);
  await until('the lease is lost', () => lease.state === 'lost');
});

test('news of a lease in the same message as its grant is not missed', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client()).hold();
  daemon.swallow = (operation) => {
    const events = daemon.leases.run(operation, { answer: () => undefined });
    const [lease] = daemon.leases.all();
    const lost = { leaseId: lease?.leaseId ?? '', resource: 'demo', end: LeaseEnd.REVOKED };
    daemon.pushAll([...events, { event: { $case: 'lost', value: lost } }]);
    return true;
  };
  const lease = await acquireOne(hold, { resource: 'demo' });
  assert.equal(lease.state, 'lost');
  assert.ok(lease.signal.aborted);
});

test('a grant after a long wait is renewed at once, for nobody knows when it began', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const hold = (await daemon.client()).hold();
  const taken = daemon.leases.occupy('demo');
  const waiting = acquireOne(hold, { resource: 'demo', wait: 'forever', ttlMs: 1_800_000 });
  await until('it waits', () => daemon.leases.queueLength === 1);
  // More than a third of the TTL passes; another third would be longer than this test may take.
  const now = performance.now.bind(performance);
  context.mock.method(performance, 'now', () => now() + 700_000);
  daemon.leases.end(taken.leaseId, LeaseEnd.RELEASED);
  await waiting;
  await until('it is renewed', () => daemon.operations('renew').length === 1);
});
