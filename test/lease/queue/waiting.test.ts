import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { LeaseLiveness, LeaseMode } from '@tenure/client/gen/tenure/lease/v1/lease';
import { PolicyTable } from '../../../src/lease/policy.js';
import { systemClock } from '../../../src/os/clock.js';
import { granted, isRefusal, outcomes, POLICY, Room } from '../room.js';

const wish = (resource: string, capacity?: number) => ({ resource, mode: LeaseMode.EXCLUSIVE, capacity });
const forever = { $case: 'waitForever', value: true } as const;

test('a wait for a set is no deadlock where the rest of it is inherited', async (t) => {
  const room = await Room.open(t);
  const other = granted(await room.acquire({ wishes: [wish('a')], clientId: 'other' }));
  const parent = granted(await room.acquire({ wishes: [wish('b')], clientId: 'parent' }));
  const inheritTokens = [parent.inheritToken];
  const child = room.acquire({ wishes: [wish('a'), wish('b')], clientId: 'child', inheritTokens, wait: forever });
  await room.release(other.ownerToken);
  assert.deepEqual(outcomes(await child), ['granted', 'inherited']);
});

test('a waiter for a set that is refused lets in those behind it on all its resources', async (t) => {
  const room = await Room.open(t);
  granted(await room.acquire({ wishes: [wish('c')], clientId: 'holds c' }));
  const first = granted(await room.acquire({ wishes: [wish('a', 1)], clientId: 'holds a' }));
  const wishes = [wish('a', 1), wish('b'), wish('c')];
  const set = assert.rejects(room.acquire({ wishes, wait: forever }), isRefusal('CAPACITY_MISMATCH'));
  const behind = room.acquire({ wishes: [wish('b')], clientId: 'behind', wait: forever });
  room.leases.setPolicies(new PolicyTable([{ ...POLICY, pattern: 'a', capacity: 2 }], POLICY));
  const urgent = room.acquire({ wishes: [wish('a')], clientId: 'urgent', priority: 1, wait: forever });
  await room.release(first.ownerToken);
  granted(await urgent);
  await set;
  granted(await behind);
});

test('a wait of a month does not run out at once', async (t) => {
  const room = await Room.open(t);
  const first = granted(await room.acquire({ wishes: [wish('a')] }));
  const wait = { $case: 'waitTimeout', value: { seconds: 30n * 86_400n, nanos: 0 } } as const;
  const second = room.acquire({ wishes: [wish('a')], wait });
  // A timer that has overflown fires before this one.
  await new Promise((resolve) => setTimeout(resolve, 20));
  await room.release(first.ownerToken);
  granted(await second);
});

test('nothing is granted to a named process that died while it waited', async (t) => {
  const room = await Room.open(t);
  const first = granted(await room.acquire({ wishes: [wish('a')] }));
  const child = spawn('sleep', ['60']);
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  const attachPids = [child.pid ?? 0];
  const dead = assert.rejects(
    room.acquire({ wishes: [wish('a')], attachPids, wait: forever }),
    isRefusal('NOT_ATTACHABLE'),
  );
  const next = room.acquire({ wishes: [wish('a')], clientId: 'next', wait: forever });
  child.kill('SIGKILL');
  await once(child, 'exit');
  await room.release(first.ownerToken);
  await dead;
  granted(await next);
});

test('what somebody waited before is shown and counted, but not beyond the boot, and moves nobody in the queue', async (t) => {
  const clock = { ...systemClock, boottimeMs: () => 3 * 3_600_000, wallMs: () => 1_777_629_600_000 };
  const room = await Room.open(t, { clock });
  const first = granted(await room.acquire({ wishes: [wish('a')] }));
  const early = room.acquire({ wishes: [wish('a')], clientId: 'early', wait: forever });
  const hours = (count: number) => ({ seconds: BigInt(count * 3_600), nanos: 0 });
  const back = room.acquire({ wishes: [wish('a')], clientId: 'back', wait: forever, waitedBefore: hours(2) });
  const liar = room.acquire({ wishes: [wish('a')], clientId: 'liar', wait: forever, waitedBefore: hours(2_000) });
  const nowSeconds = clock.wallMs() / 1_000;
  assert.deepEqual(
    (await room.explain('a')).queue.map(({ clientId, waitStartTime, effectivePriority }) => [
      clientId,
      (nowSeconds - Number(waitStartTime?.seconds)) / 3_600,
      effectivePriority,
    ]),
    [
      ['early', 0, 0],
      ['back', 2, 0],
      ['liar', 3, 0],
    ],
  );
  assert.ok(Math.abs(room.leases.numbers().longestWaitMs - 3 * 3_600_000) < 60_000);
  await room.release(first.ownerToken);
  await room.release(granted(await early).ownerToken);
  const next = granted(await back);
  assert.equal(next.lease?.waited?.seconds, 7_200n);
  await room.release(next.ownerToken);
  granted(await liar);
});

test('waiting counts while no lease has a deadline, and an idle daemon has not stalled', async (t) => {
  let laterMs = 0;
  const later = (now: () => number) => (): number => now() + laterMs;
  const { monotonicMs, boottimeMs, wallMs } = systemClock;
  const clock = { monotonicMs: later(monotonicMs), boottimeMs: later(boottimeMs), wallMs: later(wallMs) };
  const room = await Room.open(t, { clock });
  const request = { wishes: [wish('a')], liveness: LeaseLiveness.PROCESS };
  const first = granted(await room.acquire(request));
  const old = room.acquire({ ...request, clientId: 'old', wait: forever });
  laterMs = 10 * 60_000;
  const urgent = room.acquire({ ...request, clientId: 'urgent', priority: 1, wait: forever });
  await room.release(first.ownerToken);
  const next = granted(await Promise.race([old, urgent]));
  assert.equal(next.lease?.clientId, 'old');
  assert.equal(room.leases.numbers().stalledMs, 0);
});
