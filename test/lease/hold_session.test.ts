import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { AttachRole, LeaseEnd, LeaseLiveness, LeaseMode } from '@tenure/client/gen/tenure/lease/v1/lease';
import {
  AcquireLeaseRequest,
  type AcquireLeaseResponse,
  type LeaseWish,
} from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { contextOf, granted, type HoldWire, held, Room } from './room.js';

function acquireOf(resource: string, fields: Partial<AcquireLeaseRequest> = {}): AcquireLeaseRequest {
  const wishes: LeaseWish[] = [{ resource, mode: LeaseMode.EXCLUSIVE, capacity: undefined }];
  return { ...AcquireLeaseRequest.decode(new Uint8Array()), wishes, ...fields };
}

const forever = { $case: 'waitForever', value: true } as const;

async function acquired(wire: HoldWire, operationId: bigint): Promise<AcquireLeaseResponse> {
  return wire.next((event) => {
    if (event.$case !== 'result' || event.value.operationId !== operationId) return undefined;
    const { result } = event.value;
    if (result?.$case !== 'acquired') throw new Error(`not acquired but ${JSON.stringify(result?.$case)}`);
    return result.value;
  });
}

async function childOf(t: TestContext): Promise<{ pid: number; kill: () => Promise<void> }> {
  const child = spawn('sleep', ['60']);
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  return {
    pid: child.pid ?? 0,
    kill: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

test('a batch of operations gets one result each, in one stream', async (t) => {
  const room = await Room.open(t);
  const wire = room.hold();
  wire.send(
    { operationId: 1n, operation: { $case: 'acquire', value: acquireOf('a') } },
    { operationId: 2n, operation: { $case: 'acquire', value: acquireOf('a') } },
    { operationId: 3n, operation: undefined },
  );
  const first = granted(await acquired(wire, 1n));
  assert.equal(first.lease?.liveness, LeaseLiveness.HOLD);
  held(await acquired(wire, 2n));
  assert.equal(
    (await wire.next((event) => (event.$case === 'result' && event.value.operationId === 3n ? event.value : undefined)))
      .result?.$case,
    'error',
  );
  wire.send(
    { operationId: 4n, operation: { $case: 'renew', value: { ownerToken: first.ownerToken, ttl: undefined } } },
    { operationId: 5n, operation: { $case: 'release', value: { ownerToken: first.ownerToken } } },
  );
  const results = await Promise.all([wire.result(4n), wire.result(5n)]);
  assert.deepEqual(
    results.map((result) => (result as { $case: string }).$case),
    ['renewed', 'released'],
  );
  assert.equal(wire.received.filter((event) => event.$case === 'lost').length, 0);
});

test('a waiter hears where it stands, the holder that others wait, and both what becomes of it', async (t) => {
  const room = await Room.open(t);
  const holder = room.hold();
  const waiter = room.hold();
  holder.send({ operationId: 1n, operation: { $case: 'acquire', value: acquireOf('a') } });
  const first = granted(await acquired(holder, 1n));
  waiter.send({
    operationId: 7n,
    operation: { $case: 'acquire', value: acquireOf('a', { wait: forever, clientId: 'next' }) },
  });
  const standing = await waiter.next((event) => (event.$case === 'queue' ? event.value : undefined));
  assert.equal(standing.operationId, 7n);
  assert.equal(standing.position, 1);
  const contended = await holder.next((event) => (event.$case === 'contended' ? event.value : undefined));
  assert.deepEqual([contended.leaseId, contended.queueLength], [first.lease?.leaseId, 1]);
  const target = { $case: 'resourcePrefix', value: 'a' } as const;
  await room.leases.handlers.revokeLeases.run({ target, force: true, reason: '' }, contextOf(process.pid));
  assert.equal(
    (await holder.next((event) => (event.$case === 'lost' ? event.value : undefined))).end,
    LeaseEnd.REVOKED,
  );
  assert.equal(granted(await acquired(waiter, 7n)).lease?.clientId, 'next');
});

test('the end of a stream takes its waiters out of the queue', async (t) => {
  const room = await Room.open(t);
  const first = granted(await room.acquire({ wishes: [{ resource: 'a', mode: 0, capacity: undefined }] }));
  const wire = room.hold();
  wire.send({ operationId: 1n, operation: { $case: 'acquire', value: acquireOf('a', { wait: forever }) } });
  assert.equal((await room.explain('a')).queue.length, 1);
  wire.end();
  await wire.done;
  assert.equal((await room.explain('a')).queue.length, 0);
  await room.release(first.ownerToken);
  assert.deepEqual(await room.list(), []);
});

test('a cancelled acquire is answered as cancelled, a late cancel leaves the grant', async (t) => {
  const room = await Room.open(t);
  const wire = room.hold();
  wire.send(
    { operationId: 1n, operation: { $case: 'acquire', value: acquireOf('a') } },
    { operationId: 2n, operation: { $case: 'acquire', value: acquireOf('a', { wait: forever }) } },
    { operationId: 3n, operation: { $case: 'cancel', value: { operationId: 2n } } },
    { operationId: 4n, operation: { $case: 'cancel', value: { operationId: 1n } } },
  );
  assert.deepEqual(await wire.result(3n), { $case: 'cancelled', value: { wasWaiting: true } });
  assert.deepEqual(await wire.result(4n), { $case: 'cancelled', value: { wasWaiting: false } });
  granted(await acquired(wire, 1n));
  assert.equal(((await wire.result(2n)) as { $case: string }).$case, 'error');
});

test('a process joins the lease of an ancestor by its inherit token, and no other', async (t) => {
  const room = await Room.open(t);
  const [holder, command] = [await childOf(t), await childOf(t)];
  const outer = room.hold(contextOf(holder.pid));
  outer.send({ operationId: 1n, operation: { $case: 'acquire', value: acquireOf('a') } });
  const { ownerToken, inheritToken } = granted(await acquired(outer, 1n));
  const inner = room.hold(contextOf(process.pid));
  const attach = (operationId: bigint, token: string) =>
    inner.send({
      operationId,
      operation: { $case: 'attach', value: { ownerToken: '', inheritToken: token, pid: command.pid } },
    });
  attach(1n, ownerToken);
  const refused = await inner.result(1n);
  assert.equal(refused?.$case === 'error' && refused.value.reason, 'WRONG_TOKEN');
  attach(2n, inheritToken);
  attach(3n, inheritToken);
  await inner.result(3n);
  const [lease] = (await room.explain('a')).holders;
  assert.deepEqual(
    lease?.attached.map(({ pid, role }) => [pid, role]),
    [
      [holder.pid, AttachRole.HOLDER],
      [command.pid, AttachRole.INHERITOR],
    ],
  );
  outer.send({ operationId: 2n, operation: { $case: 'release', value: { ownerToken } } });
  await outer.result(2n);
  attach(4n, inheritToken);
  const late = await inner.result(4n);
  assert.equal(late?.$case === 'attached' && late.value.outcome?.$case, 'ended', 'it drains, and nobody joins it');
});

test('a lease outlives its holder while the command that it attached runs, and not longer', async (t) => {
  const room = await Room.open(t);
  const wrapper = await childOf(t);
  const command = await childOf(t);
  const wire = room.hold(contextOf(wrapper.pid));
  wire.send({ operationId: 1n, operation: { $case: 'acquire', value: acquireOf('a') } });
  const { ownerToken } = granted(await acquired(wire, 1n));
  wire.send({
    operationId: 2n,
    operation: { $case: 'attach', value: { ownerToken, inheritToken: '', pid: command.pid } },
  });
  await wire.result(2n);
  await wrapper.kill();
  wire.end();
  const next = room.acquire({
    wishes: [{ resource: 'a', mode: 0, capacity: undefined }],
    clientId: 'next',
    wait: forever,
  });
  await wire.done;
  // The holder is gone, so the lease no longer waits for renewals.
  const [lease] = (await room.explain('a')).holders;
  assert.equal(
    lease?.attached.some(({ pid }) => pid === command.pid),
    true,
  );
  await command.kill();
  assert.equal(granted(await next).lease?.clientId, 'next');
});

test('a lease is taken up again on a new stream, which then hears of its loss', async (t) => {
  const room = await Room.open(t);
  const first = room.hold();
  first.send({ operationId: 1n, operation: { $case: 'acquire', value: acquireOf('a') } });
  const { ownerToken } = granted(await acquired(first, 1n));
  first.end();
  await first.done;
  const second = room.hold();
  second.send({ operationId: 1n, operation: { $case: 'resume', value: { ownerToken } } });
  assert.equal(((await second.result(1n)) as { $case: string }).$case, 'resumed');
  const all = { $case: 'all', value: true } as const;
  await room.leases.handlers.revokeLeases.run({ target: all, force: false, reason: '' }, contextOf(process.pid));
  assert.equal((await second.next((event) => (event.$case === 'lost' ? event.value : undefined))).resource, 'a');
});

test('a client that says no more still gets what it asked for', async (t) => {
  const room = await Room.open(t);
  const first = granted(await room.acquire({ wishes: [{ resource: 'a', mode: 0, capacity: undefined }] }));
  const wire = room.hold();
  wire.send(
    { operationId: 1n, operation: { $case: 'acquire', value: acquireOf('b') } },
    { operationId: 2n, operation: { $case: 'acquire', value: acquireOf('a', { wait: forever }) } },
  );
  wire.sayNoMore();
  granted(await acquired(wire, 1n));
  await room.release(first.ownerToken);
  granted(await acquired(wire, 2n));
  await wire.done;
});
