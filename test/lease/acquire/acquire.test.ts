import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { LeaseEnd, LeaseLiveness, LeaseMode, LeaseState } from '@tenure/client/gen/tenure/lease/v1/lease';
import { PriorHolding } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { contextOf, granted, held, inherited, isRefusal, outcomes, POLICY, Room } from '../room.js';

const wish = (resource: string, mode: LeaseMode = LeaseMode.EXCLUSIVE, capacity?: number) => ({
  resource,
  mode,
  capacity,
});
const seconds = (s: number) => ({ seconds: BigInt(s), nanos: 0 });
const forever = { $case: 'waitForever', value: true } as const;

test('an exclusive lease is held against others and against its own client', async (t) => {
  const room = await Room.open(t);
  const first = granted(await room.acquire({ wishes: [wish('a')], clientId: 'me' }));
  assert.equal(first.lease?.state, LeaseState.ACTIVE);
  assert.match(first.ownerToken, /^tno_/);
  const second = held(await room.acquire({ wishes: [wish('a')], clientId: 'me' }));
  const blocker = second.blockers[0]?.blocker;
  assert.equal(blocker?.$case === 'lease' ? blocker.value.leaseId : undefined, first.lease?.leaseId);
});

test('a set is granted as a whole or not at all', async (t) => {
  const room = await Room.open(t);
  granted(await room.acquire({ wishes: [wish('b')] }));
  const answer = await room.acquire({ wishes: [wish('a'), wish('b')] });
  assert.deepEqual(outcomes(answer), ['held', 'held']);
  assert.equal(held(answer, 0).withheldForSet, true);
  assert.deepEqual(
    (await room.list()).map((lease) => lease.resource),
    ['b'],
  );
});

test('released leases go to the waiters in order, with rising fencing tokens', async (t) => {
  const room = await Room.open(t);
  let current = granted(await room.acquire({ wishes: [wish('a')] }));
  const waits = ['first', 'second', 'third'].map((clientId) =>
    room.acquire({ wishes: [wish('a')], clientId, wait: forever }),
  );
  for (const [index, wait] of waits.entries()) {
    const before = current.lease?.fencingToken ?? 0n;
    await room.release(current.ownerToken);
    current = granted(await wait);
    assert.equal(current.lease?.clientId, ['first', 'second', 'third'][index]);
    assert.ok((current.lease?.fencingToken ?? 0n) > before);
  }
});

test('a higher priority is served first', async (t) => {
  const room = await Room.open(t);
  const first = granted(await room.acquire({ wishes: [wish('a')] }));
  const low = room.acquire({ wishes: [wish('a')], clientId: 'low', wait: forever });
  const high = room.acquire({ wishes: [wish('a')], clientId: 'high', priority: 5, wait: forever });
  await room.release(first.ownerToken);
  assert.equal(granted(await high).lease?.clientId, 'high');
  const explained = await room.explain('a');
  assert.deepEqual(
    explained.queue.map(({ clientId, position }) => [clientId, position]),
    [['low', 1]],
  );
  await room.release(granted(await high).ownerToken);
  granted(await low);
});

test('a wait that runs out answers held, and the queue forgets it', async (t) => {
  const room = await Room.open(t);
  granted(await room.acquire({ wishes: [wish('a')] }));
  const answer = await room.acquire({
    wishes: [wish('a')],
    wait: { $case: 'waitTimeout', value: { seconds: 0n, nanos: 30_000_000 } },
  });
  held(answer);
  assert.equal((await room.explain('a')).queue.length, 0);
});

test('a cancelled waiter is never granted', async (t) => {
  const room = await Room.open(t);
  const first = granted(await room.acquire({ wishes: [wish('a')] }));
  const call = new AbortController();
  const cancelled = room.acquire(
    { wishes: [wish('a')], clientId: 'gone', wait: forever },
    contextOf(process.pid, 'operator', call.signal),
  );
  const next = room.acquire({ wishes: [wish('a')], clientId: 'next', wait: forever });
  call.abort();
  await assert.rejects(cancelled, isRefusal('CANCELLED'));
  await room.release(first.ownerToken);
  assert.equal(granted(await next).lease?.clientId, 'next');
});

test('shared leases of one client replace each other, and the old token dies at once', async (t) => {
  const room = await Room.open(t);
  const first = granted(await room.acquire({ wishes: [wish('a', LeaseMode.SHARED)], clientId: 'me' }));
  const other = granted(await room.acquire({ wishes: [wish('a', LeaseMode.SHARED)], clientId: 'other' }));
  const second = granted(await room.acquire({ wishes: [wish('a', LeaseMode.SHARED)], clientId: 'me' }));
  assert.equal(second.prior, PriorHolding.REPLACED);
  assert.deepEqual(
    (await room.list()).map((lease) => lease.leaseId).sort(),
    [other.lease?.leaseId, second.lease?.leaseId].sort(),
  );
  assert.deepEqual((await room.renew(first.ownerToken)).outcome, {
    $case: 'ended',
    value: { leaseId: first.lease?.leaseId, end: LeaseEnd.REPLACED },
  });
  assert.deepEqual(
    room.events.map(({ action }) => action),
    ['lease.acquired', 'lease.acquired', 'lease.replaced', 'lease.acquired'],
  );
});

test('a shared wish never passes a queued exclusive one, but for a replacement', async (t) => {
  const room = await Room.open(t);
  granted(await room.acquire({ wishes: [wish('a', LeaseMode.SHARED)], clientId: 'reader' }));
  const writer = room.acquire({ wishes: [wish('a')], clientId: 'writer', wait: forever });
  const late = await room.acquire({ wishes: [wish('a', LeaseMode.SHARED)], clientId: 'late' });
  assert.equal(held(late).blockers[0]?.blocker?.$case, 'waiter');
  const again = granted(await room.acquire({ wishes: [wish('a', LeaseMode.SHARED)], clientId: 'reader' }));
  await room.release(again.ownerToken);
  assert.equal(granted(await writer).lease?.clientId, 'writer');
});

test('a capacity admits so many, and who expects another is refused', async (t) => {
  const room = await Room.open(t);
  granted(await room.acquire({ wishes: [wish('gpu', LeaseMode.EXCLUSIVE, 2)] }));
  granted(await room.acquire({ wishes: [wish('gpu')] }));
  held(await room.acquire({ wishes: [wish('gpu', LeaseMode.EXCLUSIVE, 2)] }));
  await assert.rejects(room.acquire({ wishes: [wish('gpu', LeaseMode.EXCLUSIVE, 3)] }), isRefusal('CAPACITY_MISMATCH'));
});

test('a child with the token inherits; without it, or with a dead one, it is held', async (t) => {
  const room = await Room.open(t);
  const parent = granted(await room.acquire({ wishes: [wish('a')] }));
  const child = inherited(await room.acquire({ wishes: [wish('a')], inheritTokens: [parent.inheritToken] }));
  assert.equal(child.lease?.leaseId, parent.lease?.leaseId);
  held(await room.acquire({ wishes: [wish('a')], inheritTokens: [parent.ownerToken, 'tni_nonsense'] }));
  await room.release(parent.ownerToken);
  const next = granted(await room.acquire({ wishes: [wish('a')], clientId: 'next' }));
  const stale = await room.acquire({ wishes: [wish('a')], inheritTokens: [parent.inheritToken] });
  assert.equal(held(stale).blockers.length, 1);
  assert.equal(stale.results[0]?.staleInheritance, true);
  await room.release(next.ownerToken);
});

test('a shared lease does not cover an exclusive wish', async (t) => {
  const room = await Room.open(t);
  const parent = granted(await room.acquire({ wishes: [wish('a', LeaseMode.SHARED)] }));
  await assert.rejects(
    room.acquire({ wishes: [wish('a')], inheritTokens: [parent.inheritToken] }),
    isRefusal('INHERIT_MODE_MISMATCH'),
  );
});

test('one request id is one grant', async (t) => {
  const room = await Room.open(t);
  const first = granted(await room.acquire({ wishes: [wish('a')], requestId: 'r1' }));
  const again = granted(await room.acquire({ wishes: [wish('a')], requestId: 'r1' }));
  assert.equal(again.ownerToken, first.ownerToken);
  await assert.rejects(room.acquire({ wishes: [wish('b')], requestId: 'r1' }), isRefusal('REQUEST_ID_REUSED'));
  await room.release(first.ownerToken);
  await assert.rejects(room.acquire({ wishes: [wish('a')], requestId: 'r1' }), isRefusal('LEASE_ENDED'));
});

test('a wait that could never end is refused, with the cycle named', async (t) => {
  const room = await Room.open(t);
  const a = granted(await room.acquire({ wishes: [wish('a')], clientId: 'one' }));
  const b = granted(await room.acquire({ wishes: [wish('b')], clientId: 'two' }));
  const call = new AbortController();
  const first = room.acquire(
    { wishes: [wish('b')], clientId: 'one', inheritTokens: [a.inheritToken], wait: forever },
    contextOf(process.pid, 'operator', call.signal),
  );
  await assert.rejects(
    room.acquire({ wishes: [wish('a')], clientId: 'two', inheritTokens: [b.inheritToken], wait: forever }),
    isRefusal('DEADLOCK'),
  );
  // With a limit it is no deadlock: it ends by itself.
  held(
    await room.acquire({
      wishes: [wish('a')],
      clientId: 'two',
      inheritTokens: [b.inheritToken],
      wait: { $case: 'waitTimeout', value: { seconds: 0n, nanos: 1_000_000 } },
    }),
  );
  await room.release(b.ownerToken);
  granted(await first);
});

test('a set that waits for the caller does not keep it from what it needs', async (t) => {
  const room = await Room.open(t);
  const b = granted(await room.acquire({ wishes: [wish('b')], clientId: 'holder' }));
  const set = room.acquire({ wishes: [wish('a'), wish('b')], clientId: 'set', wait: forever });
  held(await room.acquire({ wishes: [wish('a')], clientId: 'stranger' }));
  const nested = granted(
    await room.acquire({ wishes: [wish('a')], clientId: 'holder', inheritTokens: [b.inheritToken] }),
  );
  await room.release(nested.ownerToken);
  await room.release(b.ownerToken);
  assert.deepEqual(outcomes(await set), ['granted', 'granted']);
});

test('a lease of processes ends with the last of them, and the next one is told why', async (t) => {
  const room = await Room.open(t);
  const child = spawn('sleep', ['60']);
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  granted(await room.acquire({ wishes: [wish('a')], attachPids: [child.pid ?? 0] }));
  const next = room.acquire({ wishes: [wish('a')], clientId: 'next', wait: forever });
  child.kill('SIGKILL');
  assert.equal(granted(await next).prior, PriorHolding.HOLDER_DEAD);
});

test('what the store has no room for is undone, and nobody was told of it', async (t) => {
  const room = await Room.open(t);
  const first = granted(await room.acquire({ wishes: [wish('a')] }));
  room.store.fault = 'full';
  await assert.rejects(room.release(first.ownerToken), isRefusal('STORE_FULL'));
  await assert.rejects(room.acquire({ wishes: [wish('b')] }), isRefusal('STORE_FULL'));
  assert.deepEqual(
    (await room.list()).map((lease) => lease.resource),
    ['a'],
  );
  room.store.fault = undefined;
  assert.equal((await room.release(first.ownerToken)).outcome?.$case, 'released');
  assert.deepEqual(await room.list(), []);
});

test('bad requests are refused with their reason', async (t) => {
  const room = await Room.open(t, { policies: [{ ...POLICY, pattern: 'mine/**', allow: { uids: [] } }] });
  const refused = async (reason: string, fields: Parameters<Room['acquire']>[0]): Promise<void> => {
    await assert.rejects(room.acquire(fields), isRefusal(reason), reason);
  };
  await refused('INVALID_FIELD', { wishes: [] });
  for (const resource of ['', 'a\nb', 'a//b', '/a', 'x'.repeat(1025), 'a\u202ab\u0000']) {
    await refused('INVALID_FIELD', { wishes: [wish(resource)] });
  }
  await refused('INVALID_FIELD', { wishes: [wish('a'), wish('a')] });
  await refused('INVALID_FIELD', { wishes: [wish('a')], liveness: LeaseLiveness.HOLD });
  await refused('INVALID_FIELD', { wishes: [wish('a')], priority: 101 });
  await refused('RESERVED_RESOURCE', { wishes: [wish('secret/x')] });
  await refused('POLICY_DENIED', { wishes: [wish('mine/x')] });
  await refused('TTL_OUT_OF_RANGE', { wishes: [wish('a')], ttl: seconds(0) });
  await refused('TTL_OUT_OF_RANGE', { wishes: [wish('a')], ttl: seconds(86_401) });
  await assert.rejects(room.release('tno_x'), isRefusal('WRONG_TOKEN'));
  assert.deepEqual(await room.list(), []);
});

test('nobody replaces the shared lease of another user by using its client id', async (t) => {
  const room = await Room.open(t);
  const mine = granted(await room.acquire({ wishes: [wish('a', LeaseMode.SHARED)], clientId: 'me' }));
  const context = contextOf(process.pid);
  const stranger = { ...context, peer: { ...context.peer, uid: 4242 } };
  granted(await room.acquire({ wishes: [wish('a', LeaseMode.SHARED)], clientId: 'me' }, stranger));
  assert.equal((await room.renew(mine.ownerToken)).outcome?.$case, 'renewed');
});
