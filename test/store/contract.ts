import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import fc from 'fast-check';
import type { Commit, Durability, RecordWrite, Store } from '../../src/store/port.js';

/** One store that tests open, close and open again; gone with the test. */
export interface StoreHome {
  open(): Promise<Store>;
}

const DURABILITIES = ['boot', 'durable'] as const;
const CLOCK = 1_000_000;

/** What holds of every store, whatever keeps it. The wall clock stands at `clock`. */
export function storeContract(name: string, homeFor: (context: TestContext, clock: number) => StoreHome): void {
  describe(`the store contract: ${name}`, () => {
    test('a new store is empty, and its revisions begin at the wall clock', async (t) => {
      const store = await homeFor(t, CLOCK).open();
      const contents = await store.load();
      assert.deepEqual(contents, {
        records: [],
        events: [],
        compactedRevision: 0,
        revisionFloor: CLOCK,
        otherBoot: false,
        otherBootRecords: [],
      });
      await store.close();
    });

    for (const durability of DURABILITIES) {
      test(`what was committed is there after the next open: ${durability}`, async (t) => {
        const home = homeFor(t, CLOCK);
        const store = await home.open();
        await store.commit(commitOf(durability, { a: 'one', b: 'two' }, 11));
        await store.commit(commitOf(durability, { b: undefined, c: 'three' }, 12));
        await store.close();
        const again = await home.open();
        assert.deepEqual(await recordsOf(again), { a: 'one', c: 'three' });
        assert.deepEqual(await eventsOf(again), { 11: 'event 11', 12: 'event 12' });
        await again.close();
      });

      test(`commits that are under way at once take effect in their order: ${durability}`, async (t) => {
        const home = homeFor(t, CLOCK);
        const store = await home.open();
        const acknowledged: number[] = [];
        const commits = Array.from({ length: 500 }, async (_, index) => {
          await store.commit(commitOf(durability, { same: `${index}`, [`own${index % 50}`]: `${index}` }, 100 + index));
          acknowledged.push(index);
        });
        await Promise.all(commits);
        assert.deepEqual(
          acknowledged,
          acknowledged.toSorted((a, b) => a - b),
        );
        await store.close();
        const again = await home.open();
        const records = await recordsOf(again);
        assert.equal(records['same'], '499');
        assert.equal(records['own7'], '457');
        assert.equal(Object.keys(await eventsOf(again)).length, 500);
        await again.close();
      });
    }

    test('load sees what has been committed since the store was opened', async (t) => {
      const store = await homeFor(t, CLOCK).open();
      assert.deepEqual(await recordsOf(store), {});
      await store.commit(commitOf('boot', { a: 'one' }));
      assert.deepEqual(await recordsOf(store), { a: 'one' });
      const late = store.commit(commitOf('durable', { b: 'two' }));
      assert.deepEqual(await recordsOf(store), { a: 'one', b: 'two' });
      await late;
      await store.close();
    });

    test('events of both kinds come in the order of their revisions', async (t) => {
      const store = await homeFor(t, CLOCK).open();
      const revisions = [2, 300, 65_536, 2 ** 40, 2 ** 53 - 1];
      for (const [index, revision] of revisions.entries()) {
        await store.commit(commitOf(index % 2 === 0 ? 'boot' : 'durable', {}, revision));
      }
      const { events, revisionFloor } = await store.load();
      assert.deepEqual(
        events.map((event) => event.revision),
        revisions,
      );
      assert.equal(revisionFloor, 2 ** 53 - 1);
      await store.close();
    });

    test('a commit that touches both kinds takes effect as one, in its place', async (t) => {
      const home = homeFor(t, CLOCK);
      const store = await home.open();
      await store.commit(commitOf('boot', { moved: 'old' }, 1));
      const move: RecordWrite[] = [
        { durability: 'durable', key: 'moved', value: Buffer.from('new') },
        { durability: 'boot', key: 'moved', value: undefined },
      ];
      const commits = [
        store.commit(commitOf('boot', { moved: 'older', other: 'before' }, 2)),
        store.commit({ durability: 'durable', writes: move, events: [{ revision: 3, bytes: Buffer.from('moved') }] }),
        store.commit(commitOf('boot', { other: 'after' }, 4)),
        store.commit(commitOf('durable', { moved: 'newer' }, 5)),
      ];
      await Promise.all(commits);
      await store.close();
      const again = await home.open();
      const { records } = await again.load();
      assert.deepEqual(
        records.map(({ durability, key, value }) => [durability, key, Buffer.from(value).toString()]),
        [
          ['boot', 'other', 'after'],
          ['durable', 'moved', 'newer'],
        ],
      );
      assert.deepEqual(Object.keys(await eventsOf(again)), ['1', '2', '3', '4', '5']);
      await again.close();
    });

    test('compacted events are gone, and the store says up to where', async (t) => {
      const home = homeFor(t, CLOCK);
      const store = await home.open();
      for (let revision = 1; revision <= 1_000; revision += 1) {
        void store.commit(commitOf(revision % 3 === 0 ? 'durable' : 'boot', {}, revision));
      }
      await store.compact(700);
      await store.compact(300);
      const { events, compactedRevision } = await store.load();
      assert.equal(compactedRevision, 700);
      assert.deepEqual(
        events.map((event) => event.revision),
        Array.from({ length: 300 }, (_, index) => 701 + index),
      );
      await store.close();
      const again = await home.open();
      const contents = await again.load();
      assert.equal(contents.compactedRevision, 700);
      assert.equal(contents.events[0]?.revision, 701);
      await again.close();
    });

    test('reserved revisions are never at or above the floor again', async (t) => {
      const home = homeFor(t, CLOCK);
      const store = await home.open();
      await Promise.all([store.reserveRevisions(CLOCK + 500), store.reserveRevisions(CLOCK + 100)]);
      await store.reserveRevisions(CLOCK + 200);
      assert.equal((await store.load()).revisionFloor, CLOCK + 500);
      await store.close();
      const again = await home.open();
      assert.equal((await again.load()).revisionFloor, CLOCK + 500);
      await again.close();
    });

    test('values are opaque: any bytes, empty and large ones, keys of 1,900 bytes', async (t) => {
      const home = homeFor(t, CLOCK);
      const store = await home.open();
      const values: Record<string, Buffer> = {
        empty: Buffer.alloc(0),
        all: Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
        large: Buffer.alloc(300_000, 'large'),
        ['k'.repeat(1_900)]: Buffer.from('long key'),
        'ключ/🔑': Buffer.from('other letters'),
      };
      const writes = Object.entries(values).map(([key, value]) => ({ durability: 'boot' as const, key, value }));
      await store.commit({ durability: 'boot', writes, events: [{ revision: 1, bytes: Buffer.alloc(100_000, 1) }] });
      await store.close();
      const again = await home.open();
      const { records, events } = await again.load();
      assert.equal(records.length, 5);
      for (const { key, value } of records) assert.deepEqual(Buffer.from(value), values[key], key.slice(0, 20));
      assert.equal(events[0]?.bytes.length, 100_000);
      await again.close();
    });

    test('a commit with a key that is no key is refused as a whole', async (t) => {
      const store = await homeFor(t, CLOCK).open();
      const good = { durability: 'boot' as const, key: 'good', value: Buffer.from('x') };
      for (const key of ['', 'k'.repeat(1_901)]) {
        const writes = [good, { ...good, key }];
        await assert.rejects(store.commit({ durability: 'boot', writes, events: [] }), RangeError);
      }
      assert.deepEqual(await recordsOf(store), {});
      await store.close();
    });

    test('close waits for what is under way, and nothing is taken after it', async (t) => {
      const home = homeFor(t, CLOCK);
      const store = await home.open();
      const commits = DURABILITIES.map((durability) => store.commit(commitOf(durability, { [durability]: 'x' })));
      await Promise.all([store.close(), ...commits]);
      await store.close();
      await assert.rejects(store.commit(commitOf('boot', { late: 'x' })), /closed/);
      const again = await home.open();
      assert.deepEqual(await recordsOf(again), { boot: 'x', durable: 'x' });
      await again.close();
    });

    test('room says how much space is free', async (t) => {
      const store = await homeFor(t, CLOCK).open();
      const room = store.room();
      assert.ok(room.freeBytes > 0);
      assert.equal(room.writable, true);
      await store.close();
    });

    test('any history of commits ends in what a map would hold', async (t) => {
      const key = fc.integer({ min: 0, max: 30 }).map((n) => `k${n}`);
      const write = fc.record({
        durability: fc.constantFrom(...DURABILITIES),
        key,
        value: fc.option(fc.uint8Array({ maxLength: 3_000 }), { nil: undefined }),
      });
      const step = fc.record({
        durability: fc.constantFrom(...DURABILITIES),
        writes: fc.array(write, { maxLength: 8 }),
        events: fc.constant([]),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (commits) => {
          const home = homeFor(t, CLOCK);
          const store = await home.open();
          const expected = new Map<string, string>();
          await Promise.all(commits.map((commit) => store.commit(commit)));
          for (const { writes } of commits) {
            for (const { durability, key, value } of writes) {
              if (value === undefined) expected.delete(`${durability}/${key}`);
              else expected.set(`${durability}/${key}`, Buffer.from(value).toString('hex'));
            }
          }
          await store.close();
          const again = await home.open();
          const found = (await again.load()).records.map(
            ({ durability, key, value }) => [`${durability}/${key}`, Buffer.from(value).toString('hex')] as const,
          );
          await again.close();
          assert.deepEqual(new Map(found), new Map([...expected].toSorted()));
        }),
        { numRuns: 12 },
      );
    });
  });
}

/** A commit of records, and of an event where a revision is given. */
export function commitOf(
  durability: Durability,
  records: Readonly<Record<string, string | undefined>>,
  revision?: number,
): Commit {
  const writes = Object.entries(records).map(([key, value]) => ({
    durability,
    key,
    value: value === undefined ? undefined : Buffer.from(value),
  }));
  const events = revision === undefined ? [] : [{ revision, bytes: Buffer.from(`event ${revision}`) }];
  return { durability, writes, events };
}

export async function recordsOf(store: Store): Promise<Record<string, string>> {
  const { records } = await store.load();
  return Object.fromEntries(records.map(({ key, value }) => [key, Buffer.from(value).toString()]));
}

export async function eventsOf(store: Store): Promise<Record<string, string>> {
  const { events } = await store.load();
  return Object.fromEntries(events.map(({ revision, bytes }) => [revision, Buffer.from(bytes).toString()]));
}
