import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeaseLiveness } from '@tenure/client/gen/tenure/lease/v1/lease';
import { systemClock } from '../../src/os/clock.js';
import { MemoryStore } from './memory_store.js';
import { contextOf, granted, isRefusal, Room } from './room.js';

const wish = (resource: string) => ({ resource, mode: 0 as const, capacity: undefined });
const forever = { $case: 'waitForever' as const, value: true };
const ttl = { liveness: LeaseLiveness.TTL, ttl: { seconds: 3_600n, nanos: 0 } };

/** All clocks of the daemon, to be turned. */
function turnableClock() {
  let ahead = 0;
  return {
    clock: {
      ...systemClock,
      wallMs: () => systemClock.wallMs() + ahead,
      monotonicMs: () => systemClock.monotonicMs() + ahead,
      boottimeMs: () => systemClock.boottimeMs() + ahead,
    },
    turn: (ms: number) => {
      ahead += ms;
    },
  };
}

const about = (low: number, value: unknown): void =>
  assert.ok(typeof value === 'number' && value >= low && value < low + 10_000, `${String(value)} is not about ${low}`);

test('an end tells how long the lease was held, also by a lease of before a restart', async (t) => {
  const { clock, turn } = turnableClock();
  const store = new MemoryStore();
  const key = Buffer.alloc(32, 7);
  const before = await Room.open(t, { clock, store, key });
  const { ownerToken } = granted(await before.acquire({ wishes: [wish('a')], ...ttl, reason: 'sync' }));
  turn(20_000);
  await before.close();
  const after = await Room.open(t, { clock, store, key });
  turn(10_000);
  await after.release(ownerToken);
  const [event] = after.events.filter(({ action }) => action === 'lease.released');
  about(30_000, event?.metadata['heldMs']);
  assert.equal(event?.metadata['purpose'], 'sync');
  assert.equal(event?.metadata['mode'], 'exclusive');
  assert.equal(event?.actor?.pid, process.pid);
});

test('a lease that was waited for says how long', async (t) => {
  const { clock, turn } = turnableClock();
  const room = await Room.open(t, { clock });
  const first = granted(await room.acquire({ wishes: [wish('a')], ...ttl }));
  const waiter = room.acquire({ wishes: [wish('a')], ...ttl, clientId: 'next', wait: forever });
  turn(5_000);
  await room.release(first.ownerToken);
  await room.release(granted(await waiter).ownerToken);
  const ends = room.events.filter(({ action }) => action === 'lease.released');
  about(0, ends[0]?.metadata['waitedMs']);
  about(5_000, ends[1]?.metadata['waitedMs']);
});

test('a wait that comes to nothing is told, with its end; one that is granted is not', async (t) => {
  const room = await Room.open(t);
  const first = granted(await room.acquire({ wishes: [wish('a')], ...ttl }));
  const call = new AbortController();
  const gone = room.acquire(
    { wishes: [wish('a')], clientId: 'gone', wait: forever },
    contextOf(process.pid, 'operator', call.signal),
  );
  const late = room.acquire({
    wishes: [wish('a')],
    clientId: 'late',
    wait: { $case: 'waitTimeout', value: { seconds: 0n, nanos: 1_000_000 } },
  });
  const next = room.acquire({ wishes: [wish('a')], ...ttl, clientId: 'next', wait: forever });
  call.abort();
  await assert.rejects(gone, isRefusal('CANCELLED'));
  await late;
  await room.release(first.ownerToken);
  granted(await next);
  const ended = room.events.filter(({ action }) => action === 'lease.wait_ended');
  assert.deepEqual(
    ended.map(({ success, metadata }) => [success, metadata['clientId'], metadata['reason'], metadata['resource']]),
    [
      [false, 'gone', 'CANCELLED', 'a'],
      [false, 'late', 'TIMED_OUT', 'a'],
    ],
  );
});

test('a lease that went with an earlier boot is told of at the next start', async (t) => {
  const store = new MemoryStore();
  const before = await Room.open(t, { store, bootId: 'earlier' });
  granted(await before.acquire({ wishes: [wish('a')] }));
  await before.close();
  store.otherBootRecords = [...store.records.values()];
  store.records.clear();
  const after = await Room.open(t, { store });
  assert.deepEqual(
    after.events.map(({ action, metadata }) => [action, metadata['limit'], metadata['resource']]),
    [['lease.expired', 'boot', 'a']],
  );
});
