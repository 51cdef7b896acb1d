// needs: root mount umount
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openEmbeddedStore } from '../../src/store/embedded.js';
import { type Durability, type Store, StoreError } from '../../src/store/port.js';
import { commitOf, recordsOf } from '../store/contract.js';
import { SmallDisk } from './small_disk.js';

const VALUE = 'v'.repeat(400);

class StoreDisk extends SmallDisk {
  open(): Promise<Store> {
    const stateDir = join(this.folder, 'state');
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    return openEmbeddedStore({ stateDir, bootId: 'this-boot', wallClockMicros: () => 1 });
  }
}

function isFull(error: unknown): boolean {
  return error instanceof StoreError && error.fault === 'full';
}

/** Adds records until there is no room for one; the keys that are in. */
async function addUntilFull(store: Store, durability: Durability, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for (;;) {
    const key = `${prefix}${keys.length}`;
    try {
      await store.commit(commitOf(durability, { [key]: VALUE }, revision()));
    } catch (error) {
      assert.ok(isFull(error), String(error));
      return keys;
    }
    keys.push(key);
  }
}

let last = 0;
function revision(): number {
  last += 1;
  return last;
}

for (const durability of ['boot', 'durable'] as const) {
  test(`a full disk: nothing is acknowledged that is not there, and leases can end: ${durability}`, async (t) => {
    const disk = new StoreDisk(t, 16);
    const store = await disk.open();
    const records = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`r${n}`, VALUE]));
    await store.commit(commitOf(durability, records, revision()));
    disk.fill();
    const keys = [...Object.keys(records), ...(await addUntilFull(store, durability, 'k'))];
    assert.deepEqual(Object.keys(await recordsOf(store)).toSorted(), keys.toSorted());
    assert.equal(store.room().writable, false);
    // An attached process, a lease that drains: changes of records that are there.
    for (const key of keys) await store.commit(commitOf(durability, { [key]: `${VALUE} and more` }, revision()));
    await store.reserveRevisions(1_000_000);
    await assert.rejects(store.commit(commitOf(durability, { new: VALUE }, revision())), isFull);
    for (const key of keys) await store.commit(commitOf(durability, { [key]: undefined }, revision()));
    assert.deepEqual(await recordsOf(store), {});
    await store.close();

    const again = await disk.open();
    assert.deepEqual(await recordsOf(again), {});
    assert.equal((await again.load()).revisionFloor, 1_000_000);
    disk.free();
    await again.commit(commitOf(durability, { new: VALUE }, revision()));
    assert.equal(again.room().writable, true);
    await again.close();
  });

  test(`of commits under way, none takes effect behind one that found no room: ${durability}`, async (t) => {
    const disk = new StoreDisk(t, 16);
    const store = await disk.open();
    await store.commit(commitOf(durability, { old: VALUE, older: VALUE }, revision()));
    disk.fill();
    // Every second one only changes a record: it would find room alone, but was built on those before it.
    const commits = Array.from({ length: 6_000 }, (_, n) =>
      commitOf(durability, n % 2 === 0 ? { [`k${n}`]: VALUE } : { old: `${n}` }, revision()),
    );
    const outcomes = await Promise.allSettled(commits.map((commit) => store.commit(commit)));
    const firstRefused = outcomes.findIndex((outcome) => outcome.status === 'rejected');
    assert.ok(firstRefused > 0 && firstRefused < 6_000, `refused from ${firstRefused}`);
    for (const outcome of outcomes.slice(firstRefused)) {
      assert.ok(outcome.status === 'rejected' && isFull(outcome.reason));
    }
    const added = Array.from({ length: Math.ceil(firstRefused / 2) }, (_, n) => `k${2 * n}`);
    const expected = ['old', 'older', ...added];
    assert.deepEqual(Object.keys(await recordsOf(store)).toSorted(), expected.toSorted());
    await store.commit(commitOf(durability, { older: undefined }, revision()));
    await store.close();
    const again = await disk.open();
    assert.deepEqual(
      Object.keys(await recordsOf(again)).toSorted(),
      expected.filter((key) => key !== 'older').toSorted(),
    );
    await again.close();
  });
}

test('a commit of both kinds finds room in both or takes effect in neither', async (t) => {
  const disk = new StoreDisk(t, 16);
  const store = await disk.open();
  disk.fill();
  await addUntilFull(store, 'durable', 'd');
  const before = await recordsOf(store);
  const both = commitOf('boot', { b: VALUE }, revision());
  const writes = [...both.writes, ...commitOf('durable', { new: VALUE.repeat(250) }).writes];
  await assert.rejects(store.commit({ ...both, writes }), isFull);
  assert.deepEqual(await recordsOf(store), before);
  const move = [...both.writes, ...commitOf('durable', { d0: undefined }).writes];
  await store.commit({ ...both, writes: move });
  const { d0: _gone, ...rest } = before;
  assert.deepEqual(await recordsOf(store), { ...rest, b: VALUE });
  await store.close();
});

test('room comes back by itself when the disk has some', async (t) => {
  const disk = new StoreDisk(t, 16);
  const store = await disk.open();
  disk.fill();
  await addUntilFull(store, 'boot', 'k');
  assert.equal(store.room().writable, false);
  disk.free();
  const until = performance.now() + 60_000;
  while (!store.room().writable) {
    assert.ok(performance.now() < until, 'still not writable');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await store.close();
});

test('a disk that is full from the start is told of', async (t) => {
  const disk = new StoreDisk(t, 1);
  disk.fill();
  await assert.rejects(disk.open(), (error: unknown) => isFull(error) && /free some space/.test(String(error)));
});

test('a store on a full disk opens, and can be opened again', async (t) => {
  const disk = new StoreDisk(t, 16);
  await (await disk.open()).close();
  disk.fill();
  for (let round = 0; round < 3; round += 1) {
    const store = await disk.open();
    await store.reserveRevisions(100 * round);
    await store.close();
  }
});
