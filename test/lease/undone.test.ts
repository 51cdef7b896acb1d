import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { LeaseMode } from '@tenure/client/gen/tenure/lease/v1/lease';
import type { Commit } from '../../src/store/port.js';
import { MemoryStore } from './memory_store.js';
import { contextOf, granted, isRefusal, Room } from './room.js';

const wish = (resource: string) => ({ resource, mode: LeaseMode.EXCLUSIVE, capacity: undefined });
const forever = { $case: 'waitForever', value: true } as const;

/** Has no room for one commit, once it is let go. */
class OnceFull extends MemoryStore {
  letGo: () => void = () => undefined;
  #once = new Promise<void>((resolve) => {
    this.letGo = resolve;
  });
  #failed = false;

  override async commit(commit: Commit): Promise<void> {
    if (this.#failed) return super.commit(commit);
    this.#failed = true;
    await this.#once;
    this.fault = 'full';
    const refused = super.commit(commit);
    await refused.catch(() => undefined);
    this.fault = undefined;
    return refused;
  }
}

test('who waits behind a grant that could not be stored comes next', async (t) => {
  const store = new OnceFull();
  const room = await Room.open(t, { store });
  const first = assert.rejects(room.acquire({ wishes: [wish('a')], clientId: 'one' }), isRefusal('STORE_FULL'));
  await new Promise((resolve) => setImmediate(resolve));
  const second = room.acquire({ wishes: [wish('a')], clientId: 'two', wait: forever });
  store.letGo();
  await first;
  assert.equal(granted(await second).lease?.clientId, 'two');
});

test('a request whose grant could not be stored may be tried again under its id', async (t) => {
  const store = new OnceFull();
  const room = await Room.open(t, { store });
  store.letGo();
  await assert.rejects(room.acquire({ wishes: [wish('a')], requestId: 'r' }), isRefusal('STORE_FULL'));
  const lease = granted(await room.acquire({ wishes: [wish('a')], requestId: 'r' })).lease;
  assert.equal(granted(await room.acquire({ wishes: [wish('a')], requestId: 'r' })).lease?.leaseId, lease?.leaseId);
});

test('a store that fails when nobody asked for anything is told of, too', async (t) => {
  let tell: () => void = () => undefined;
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const room = await Room.open(t, { onStoreFailed: () => tell() });
  const child = spawn('sleep', ['60']);
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  granted(await room.acquire({ wishes: [wish('a')], attachPids: [child.pid ?? 0] }, contextOf(process.pid)));
  room.store.fault = 'failed';
  child.kill('SIGKILL');
  await told;
});
