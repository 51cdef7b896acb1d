import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HeldLease, isTenureError, LEASES_VARIABLE, LeaseEnd, LeaseLostError } from '@tenure/client';
import { FakeDaemon } from './fake_daemon.js';
import { until } from './until.js';

test('a task runs under its lease, which is given back with its value', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const client = await daemon.client();
  const result = await client.withLease({ resource: 'demo' }, ({ lease, state }) => {
    assert.equal(daemon.leases.all()[0]?.leaseId, lease.lease.leaseId);
    assert.equal(state, 'held');
    return 42;
  });
  assert.deepEqual(result, { status: 'completed', value: 42, end: 'released' });
  assert.equal(daemon.leases.all().length, 0);
});

test('a task that throws gives its lease back and throws on', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const client = await daemon.client();
  const fault = new Error('disk full');
  await assert.rejects(
    client.withLease({ resource: ['a', 'b'] }, () => Promise.reject(fault)),
    (error) => error === fault,
  );
  assert.equal(daemon.leases.all().length, 0);
  await assert.rejects(
    client.withLease({ resource: 'a' }, () => {
      throw fault;
    }),
    (error) => error === fault,
  );
  assert.equal(daemon.leases.all().length, 0);
});

test('a held resource is answered with who has it; the task does not run', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const client = await daemon.client();
  const taken = daemon.leases.occupy('demo');
  const result = await client.withLease({ resource: 'demo' }, () => assert.fail('ran'));
  assert.ok(result.status === 'held');
  assert.equal(result.queueLength, 3);
  const [blocker] = result.blockers;
  assert.ok(blocker?.blocker?.$case === 'lease');
  assert.equal(blocker.blocker.value.leaseId, taken.leaseId);
});

test('a nested call runs under the lease of the call around it, which stays until that ends', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const client = await daemon.client();
  const other = await daemon.client();
  const outer = await client.withLease({ resource: 'demo' }, async ({ lease }) => {
    const inner = await other.withLease({ resource: 'demo' }, async (scope) => {
      assert.equal(scope.lease.outcome, 'inherited');
      const innermost = await client.withLease({ resource: 'demo' }, () => 'innermost');
      return innermost;
    });
    assert.deepEqual(inner, { status: 'inherited', value: { status: 'inherited', value: 'innermost' } });
    assert.equal(daemon.leases.all()[0]?.leaseId, lease.lease.leaseId);
    const apart = await client.withLease({ resource: 'demo', inherit: false }, () => assert.fail('ran'));
    assert.equal(apart.status, 'held');
    return inner.status;
  });
  assert.deepEqual(outer, { status: 'completed', value: 'inherited', end: 'released' });
  assert.equal(daemon.leases.all().length, 0);
});

test('two tasks beside each other do not inherit from one another', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const client = await daemon.client();
  let running = 0;
  const task = async () => {
    running += 1;
    assert.equal(running, 1);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
  };
  const results = await Promise.all(
    Array.from({ length: 5 }, () => client.withLease({ resource: 'demo', wait: 'forever' }, task)),
  );
  assert.deepEqual(new Set(results.map(({ status }) => status)), new Set(['completed']));
});

test('children get the tokens of this task, of those around it, and of the parent process', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const client = await daemon.client();
  await client.withLease({ resource: 'outer' }, async (outer) => {
    await client.withLease({ resource: ['x', 'y'] }, (inner) => {
      const environment = inner.childEnvironment({ PATH: '/bin', [LEASES_VARIABLE]: 'tni_parent' });
      const own = inner.leases.map(({ inheritToken }) => inheritToken);
      assert.deepEqual(environment, {
        PATH: '/bin',
        [LEASES_VARIABLE]: [...own, outer.lease.inheritToken, 'tni_parent'].join(','),
      });
    });
  });
});

test('the signal fires when any lease of the task is lost, and the result says so', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const client = await daemon.client();
  const result = await client.withLease({ resource: ['a', 'b'] }, async (scope) => {
    const second = scope.leases[1];
    assert.ok(second !== undefined);
    const fired = new Promise((resolve) => scope.signal.addEventListener('abort', resolve, { once: true }));
    daemon.revoke(second.lease.leaseId);
    await fired;
    assert.ok(scope.signal.reason instanceof LeaseLostError);
    assert.equal(scope.signal.reason.resource, 'b');
    assert.equal(scope.state, 'lost');
    return 'done all the same';
  });
  assert.deepEqual(result, { status: 'completed', value: 'done all the same', end: 'lost' });
  assert.equal(daemon.leases.all().length, 0);
});

test('a task that stops by its signal throws the loss', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const client = await daemon.client();
  const running = client.withLease({ resource: 'demo' }, async ({ signal, lease }) => {
    daemon.revoke(lease.lease.leaseId);
    await until('the signal fires', () => signal.aborted);
    signal.throwIfAborted();
  });
  await assert.rejects(running, (error) => error instanceof LeaseLostError && error.end === LeaseEnd.REVOKED);
});

test('a task hears of its own jeopardy, not of others', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const client = await daemon.client();
  const hold = client.hold();
  await hold.acquire({ resource: 'another', ttlMs: 100 });
  await client.withLease({ resource: 'demo', ttlMs: 1_000 }, async (scope) => {
    const heard: [string, HeldLease][] = [];
    scope.onJeopardy((lease) => heard.push(['jeopardy', lease]));
    scope.onSafe((lease) => heard.push(['safe', lease]));
    await daemon.stop();
    await until('the deadline passes', () => scope.state === 'jeopardy');
    await daemon.start();
    await until('the daemon is back', () => heard.length >= 2);
    assert.deepEqual(heard.slice(0, 2), [
      ['jeopardy', scope.lease],
      ['safe', scope.lease],
    ]);
  });
});

test('a value is not withheld because the daemon is gone when the task ends', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const client = await daemon.client(4_000);
  const result = await client.withLease({ resource: 'demo' }, async () => {
    await daemon.stop();
    return 'precious';
  });
  assert.deepEqual(result, { status: 'completed', value: 'precious', end: 'pending' });
  await daemon.start();
  await until('the daemon is told when it is back', () => daemon.leases.all().length === 0);
});

test("waiting ends with the caller's signal", async (context) => {
  const daemon = await FakeDaemon.start(context);
  const client = await daemon.client();
  daemon.leases.occupy('demo');
  const waiting = client.withLease({ resource: 'demo', wait: 'forever', signal: AbortSignal.timeout(20) }, () =>
    assert.fail('ran'),
  );
  await assert.rejects(waiting, (error) => isTenureError(error, 'CANCELLED'));
});
