import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeaseEnd, LeaseMode } from '@tenure/client/gen/tenure/lease/v1/lease';
import fc from 'fast-check';
import { DeadlineHeap } from '../../../src/lease/ending/deadline_heap.js';
import { HEARTBEAT_MS, LeaseClock, STALL_TOLERANCE_MS } from '../../../src/lease/lease_clock.js';
import { granted, Room } from '../room.js';

test('a heap hands out exactly the due keys, earliest first, whatever was moved or deleted', () => {
  const step = fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    at: fc.option(fc.nat(100), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat(100), (steps, now) => {
      const heap = new DeadlineHeap();
      const model = new Map<string, number>();
      for (const { key, at } of steps) {
        if (at === undefined) {
          heap.delete(key);
          model.delete(key);
        } else {
          heap.set(key, at);
          model.set(key, at);
        }
      }
      const due: number[] = [];
      for (let key = heap.popDue(now); key !== undefined; key = heap.popDue(now)) {
        due.push(model.get(key) ?? -1);
        model.delete(key);
      }
      assert.deepEqual(
        due,
        [...due].sort((x, y) => x - y),
      );
      assert.ok(due.every((at) => at >= 0 && at <= now));
      assert.ok([...model.values()].every((at) => at > now));
      assert.equal(heap.next(), model.size === 0 ? undefined : Math.min(...model.values()));
    }),
  );
});

test('keys that come and go behind an early deadline leave nothing behind', () => {
  const heap = new DeadlineHeap();
  heap.set('early', 1);
  for (let round = 0; round < 20_000; round += 1) {
    heap.set(`key ${round}`, 1_000 + round);
    heap.delete(`key ${round}`);
  }
  assert.ok(heap.entries < 2_000, `${heap.entries} entries for one key`);
  assert.equal(heap.popDue(1), 'early');
});

test('no time passes for leases while the daemon stands still, and all of it while it runs', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(10_000), { maxLength: 40 }), (gaps) => {
      let nowMs = 1_000;
      const machine = { monotonicMs: () => nowMs, boottimeMs: () => nowMs, wallMs: () => nowMs };
      const clock = new LeaseClock(machine, () => undefined);
      let expected = clock.holdMs();
      for (const gap of gaps) {
        nowMs += gap;
        clock.observe();
        expected += gap > HEARTBEAT_MS + STALL_TOLERANCE_MS ? HEARTBEAT_MS : gap;
      }
      assert.equal(clock.holdMs(), expected);
      assert.equal(clock.holdMs() + clock.stalledMs, nowMs);
    }),
  );
});

function turnableClock() {
  let nowMs = 1e6;
  return {
    clock: { monotonicMs: () => nowMs, boottimeMs: () => nowMs, wallMs: () => nowMs },
    /** In steps that are no stall. */
    pass: (ms: number, look: () => void): void => {
      for (let left = ms; left > 0; left -= HEARTBEAT_MS) {
        nowMs += Math.min(left, HEARTBEAT_MS);
        look();
      }
    },
    stall: (ms: number): void => {
      nowMs += ms;
    },
  };
}

test('a lease ends at exactly its TTL, a renewal gives it all again, and nothing brings it back', async (t) => {
  const { clock, pass } = turnableClock();
  const room = await Room.open(t, { clock });
  const { ownerToken } = granted(
    await room.acquire({
      wishes: [{ resource: 'a', mode: LeaseMode.EXCLUSIVE, capacity: undefined }],
      ttl: { seconds: 10n, nanos: 0 },
    }),
  );
  const look = (): void => void room.leases.numbers();
  const observe = (): void => void room.renew('x').catch(look);
  pass(9_999, observe);
  assert.equal((await room.renew(ownerToken)).outcome?.$case, 'renewed');
  pass(9_999, observe);
  assert.equal((await room.list()).length, 1);
  pass(1, observe);
  const { outcome } = await room.renew(ownerToken);
  assert.equal(outcome?.$case === 'ended' ? outcome.value.end : undefined, LeaseEnd.EXPIRED);
  assert.equal((await room.renew(ownerToken)).outcome?.$case, 'ended');
});

test('a daemon that was stopped for twice the TTL costs no lease', async (t) => {
  const { clock, stall } = turnableClock();
  const room = await Room.open(t, { clock });
  const { ownerToken } = granted(
    await room.acquire({
      wishes: [{ resource: 'a', mode: LeaseMode.EXCLUSIVE, capacity: undefined }],
      ttl: { seconds: 10n, nanos: 0 },
    }),
  );
  stall(20_000);
  assert.equal((await room.renew(ownerToken)).outcome?.$case, 'renewed');
  assert.ok(room.leases.numbers().stalledMs >= 19_000);
});
