import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { LeaseEnd, LeaseLiveness, LeaseMode } from '@tenure/client/gen/tenure/lease/v1/lease';
import { PriorHolding } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { systemClock } from '../../src/os/clock.js';
import { MemoryStore } from './memory_store.js';
import { contextOf, granted, held, Room } from './room.js';

const wish = (resource: string, mode: LeaseMode = LeaseMode.EXCLUSIVE) => ({ resource, mode, capacity: undefined });

interface Restartable {
  readonly store: MemoryStore;
  readonly key: Uint8Array;
}

function restartable(): Restartable {
  return { store: new MemoryStore(), key: randomBytes(32) };
}

async function childOf(t: TestContext) {
  const child = spawn('sleep', ['60']);
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  return child;
}

test('leases and their tokens survive a restart, and fencing tokens go on rising', async (t) => {
  const parts = restartable();
  const before = await Room.open(t, parts);
  const ttl = granted(await before.acquire({ wishes: [wish('ttl')] }));
  const processes = granted(await before.acquire({ wishes: [wish('pid')], liveness: LeaseLiveness.PROCESS }));
  await before.close();
  const after = await Room.open(t, parts);
  assert.deepEqual(
    (await after.list()).map(({ leaseId }) => leaseId),
    [ttl.lease?.leaseId, processes.lease?.leaseId],
  );
  held(await after.acquire({ wishes: [wish('pid')] }));
  assert.equal((await after.renew(ttl.ownerToken)).outcome?.$case, 'renewed');
  assert.equal((await after.release(processes.ownerToken)).outcome?.$case, 'released');
  const next = granted(await after.acquire({ wishes: [wish('pid')] }));
  assert.ok((next.lease?.fencingToken ?? 0n) > (processes.lease?.fencingToken ?? 0n));
});

test('a lease whose process died meanwhile is gone after the restart', async (t) => {
  const parts = restartable();
  const before = await Room.open(t, parts);
  const child = await childOf(t);
  granted(await before.acquire({ wishes: [wish('a')], attachPids: [child.pid ?? 0] }));
  await before.close();
  child.kill('SIGKILL');
  await once(child, 'exit');
  const after = await Room.open(t, parts);
  assert.deepEqual(await after.list(), []);
  granted(await after.acquire({ wishes: [wish('a')] }));
});

test('time off counts for a TTL lease, by the clock that does not jump', async (t) => {
  const parts = restartable();
  let offsetMs = 0;
  let wallJumpMs = 0;
  const clock = {
    monotonicMs: () => systemClock.monotonicMs(),
    boottimeMs: () => systemClock.boottimeMs() + offsetMs,
    wallMs: () => systemClock.wallMs() + wallJumpMs,
  };
  const first = await Room.open(t, { ...parts, clock });
  const lease = granted(await first.acquire({ wishes: [wish('a')], ttl: { seconds: 1_000n, nanos: 0 } }));
  await first.close();
  wallJumpMs = 3_600_000;
  offsetMs = 600_000;
  const second = await Room.open(t, { ...parts, clock });
  const [kept] = (await second.explain('a')).holders;
  const left = Number(kept?.remainingTtl?.seconds ?? 0n);
  assert.ok(left >= 300 && left <= 400, `${left} s are left`);
  await second.close();
  offsetMs = 2_000_000;
  const third = await Room.open(t, { ...parts, clock });
  assert.deepEqual((await third.renew(lease.ownerToken)).outcome, {
    $case: 'ended',
    value: { leaseId: lease.lease?.leaseId, end: LeaseEnd.EXPIRED },
  });
});

test('a replacement that a crash cut in two is repaired', async (t) => {
  const parts = restartable();
  const before = await Room.open(t, parts);
  const old = granted(await before.acquire({ wishes: [wish('a', LeaseMode.SHARED)], clientId: 'me' }));
  const oldRecord = parts.store.records.get(old.lease?.leaseId ?? '');
  const next = granted(
    await before.acquire({ wishes: [wish('a', LeaseMode.SHARED)], clientId: 'me', liveness: LeaseLiveness.PROCESS }),
  );
  await before.close();
  assert.ok(oldRecord);
  parts.store.records.set(oldRecord.key, oldRecord);
  const after = await Room.open(t, parts);
  assert.deepEqual(
    (await after.list()).map(({ leaseId }) => leaseId),
    [next.lease?.leaseId],
  );
});

test('a retried request is one grant across a restart', async (t) => {
  const parts = restartable();
  const before = await Room.open(t, parts);
  const first = granted(await before.acquire({ wishes: [wish('a')], requestId: 'once', clientId: 'me' }));
  await before.close();
  const after = await Room.open(t, parts);
  const again = granted(
    await after.acquire({ wishes: [wish('a')], requestId: 'once', clientId: 'me' }, contextOf(process.pid)),
  );
  assert.equal(again.ownerToken, first.ownerToken);
});

test('leases of another boot are gone, and who comes next is told', async (t) => {
  const parts = restartable();
  const before = await Room.open(t, parts);
  const old = granted(await before.acquire({ wishes: [wish('a')], liveness: LeaseLiveness.PROCESS }));
  await before.close();
  parts.store.otherBootRecords = [...parts.store.records.values()];
  parts.store.records.clear();
  const after = await Room.open(t, parts);
  assert.deepEqual((await after.renew(old.ownerToken).catch(() => undefined))?.outcome, {
    $case: 'ended',
    value: { leaseId: old.lease?.leaseId, end: LeaseEnd.OTHER_BOOT },
  });
  assert.equal(granted(await after.acquire({ wishes: [wish('a')] })).prior, PriorHolding.OTHER_BOOT);
});

test('a TTL that a renewal gave holds after a restart', async (t) => {
  const parts = restartable();
  const before = await Room.open(t, parts);
  const { lease, ownerToken } = granted(await before.acquire({ wishes: [wish('a')], ttl: { seconds: 60n, nanos: 0 } }));
  const renewed = await before.leases.handlers.renewLease.run(
    { ownerToken, ttl: { seconds: 3600n, nanos: 0 } },
    contextOf(process.pid),
  );
  assert.equal(renewed.outcome?.$case === 'renewed' ? renewed.outcome.value.ttl?.seconds : undefined, 3600n);
  await before.close();
  const after = await Room.open(t, parts);
  const request = { leaseId: lease?.leaseId ?? '' };
  const kept = await after.leases.handlers.getLease.run(request, contextOf(process.pid));
  assert.ok((kept.lease?.remainingTtl?.seconds ?? 0n) > 3500n);
  assert.equal(kept.lease?.ttl?.seconds, 3600n);
});

test('max_hold goes on counting over a reboot', async (t) => {
  const parts = restartable();
  const before = await Room.open(t, parts);
  granted(await before.acquire({ wishes: [wish('a')], maxHold: { seconds: 30n, nanos: 0 } }));
  await before.close();
  const reboot = {
    monotonicMs: systemClock.monotonicMs,
    boottimeMs: () => 20_000,
    wallMs: () => systemClock.wallMs() + 20_000,
  };
  const after = await Room.open(t, { ...parts, clock: reboot, bootId: 'next-boot' });
  const [lease] = (await after.explain('a')).holders;
  assert.ok((lease?.remainingTtl?.seconds ?? 99n) <= 10n);
});

test('a record of another boot that this version can not read keeps no daemon from its start', async (t) => {
  const parts = restartable();
  parts.store.otherBootRecords = [{ durability: 'boot', key: 'l1', value: Buffer.from('{"format":0}') }];
  const room = await Room.open(t, parts);
  assert.deepEqual(await room.list(), []);
});

test('what replaces a lease of the other store is written before its end, even where that one drains', async (t) => {
  const parts = restartable();
  const first: string[] = [];
  const commit = parts.store.commit.bind(parts.store);
  parts.store.commit = (step) => {
    first.push(step.durability);
    return commit(step);
  };
  const room = await Room.open(t, parts);
  const child = await childOf(t);
  const request = { wishes: [wish('a', LeaseMode.SHARED)], clientId: 'me' };
  granted(await room.acquire({ ...request, attachPids: [child.pid ?? 0] }));
  granted(await room.acquire(request));
  assert.deepEqual(first, ['boot', 'durable']);
});
