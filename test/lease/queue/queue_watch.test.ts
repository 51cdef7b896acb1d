import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { WatchQueuesResponse } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { until } from '../../os/child_process.js';
import { contextOf, granted, isRefusal, Room } from '../room.js';

const wish = (resource: string) => ({ resource, mode: 0 as const, capacity: undefined });
const forever = { $case: 'waitForever' as const, value: true };

/** A watch of queues, and what it was told. With a gate, it reads nothing until that opens. */
function watch(t: TestContext, room: Room, resourcePrefix = '', gate?: Promise<void>) {
  const stop = new AbortController();
  t.after(() => stop.abort());
  const told: WatchQueuesResponse[] = [];
  const done = room.leases.handlers.watchQueues.run({ resourcePrefix }, contextOf(process.pid), {
    write: (message) => {
      if (Buffer.isBuffer(message)) throw new Error('a watch of queues sends messages');
      told.push(message);
      return gate === undefined;
    },
    drained: () => gate ?? Promise.resolve(),
    buffered: 0,
    closed: stop.signal,
  });
  done.catch(() => undefined);
  const lengths = () => told.flatMap(({ queues }) => queues.map(({ resource, length }) => `${resource} ${length}`));
  return { told, lengths, done, stop };
}

/** Waits for a resource until it is called off. */
function waiting(t: TestContext, room: Room, resource: string, clientId: string) {
  const call = new AbortController();
  const answer = room.acquire(
    { wishes: [wish(resource)], clientId, wait: forever },
    contextOf(process.pid, 'operator', call.signal),
  );
  answer.catch(() => undefined);
  t.after(() => call.abort());
  return { leave: () => call.abort(), answer };
}

test('a watch begins with all queues below its prefix, and tells of each that changes', async (t) => {
  const room = await Room.open(t);
  for (const resource of ['a', 'a/b', 'ab']) granted(await room.acquire({ wishes: [wish(resource)] }));
  const first = waiting(t, room, 'a/b', 'first');
  waiting(t, room, 'ab', 'elsewhere');
  const { told, lengths } = watch(t, room, 'a');
  await until(() => told.length > 0, 'the queues');
  assert.equal(told[0]?.synced, true);
  assert.deepEqual(lengths(), ['a/b 1']);
  waiting(t, room, 'a', 'second');
  await until(() => lengths().includes('a 1'), 'the queues');
  first.leave();
  await until(() => lengths().includes('a/b 0'), 'the queues');
  assert.deepEqual(told.at(-1)?.queues, [{ resource: 'a/b', length: 0, waiters: [] }]);
  assert.equal(
    lengths().some((line) => line.startsWith('ab')),
    false,
  );
});

test('a queue names its first sixteen in their order, and counts all', async (t) => {
  const room = await Room.open(t);
  granted(await room.acquire({ wishes: [wish('a')] }));
  for (let index = 0; index < 20; index += 1) waiting(t, room, 'a', `c${index}`);
  const { told } = watch(t, room);
  await until(() => told.length > 0, 'the queues');
  const [queue] = told[0]?.queues ?? [];
  assert.equal(queue?.length, 20);
  assert.deepEqual(
    queue?.waiters.map(({ clientId, position }) => [clientId, position]),
    Array.from({ length: 16 }, (_, index) => [`c${index}`, index + 1]),
  );
});

test('who reads slowly is told of a queue once, as it is then', async (t) => {
  const room = await Room.open(t);
  granted(await room.acquire({ wishes: [wish('a')] }));
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const { told, lengths } = watch(t, room, '', gate);
  await until(() => told.length === 1, 'the queues');
  for (let index = 0; index < 50; index += 1) waiting(t, room, 'a', `c${index}`);
  open();
  await until(() => lengths().includes('a 50'), 'the queues');
  assert.ok(told.length <= 3, `${told.length} messages`);
});

test('the end of the daemon ends a watch with its reason', async (t) => {
  const room = await Room.open(t);
  const { told, done } = watch(t, room);
  await until(() => told.length === 1, 'the queues');
  room.leases.stop();
  await assert.rejects(done, isRefusal('SHUTTING_DOWN'));
});
