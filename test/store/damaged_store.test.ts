import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  cpSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { DATA_FILE } from '../../src/store/contents.js';
import { DataFile } from '../../src/store/data_file.js';
import { StoreError } from '../../src/store/port.js';
import { readStored } from '../../src/store/stored.js';
import { commitOf } from './contract.js';
import { EmbeddedHome } from './embedded_home.js';

/** A closed store with trees several pages deep, large values, and freed pages. */
async function filledHome(context: TestContext): Promise<EmbeddedHome> {
  const home = new EmbeddedHome(context);
  const store = await home.open();
  for (const durability of ['boot', 'durable'] as const) {
    for (let round = 0; round < 6; round += 1) {
      const commits = Array.from({ length: 50 }, (_, index) => {
        const n = round * 50 + index;
        const value = `${n}`.repeat(n % 40 === 0 ? 3_000 : 60);
        return store.commit(
          commitOf(durability, { [`key/${(n * 7919) % 300}`]: value, [`gone${n % 90}`]: undefined }, n + 1),
        );
      });
      await Promise.all(commits);
    }
    await store.commit(
      commitOf(durability, Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`key/${n}`, undefined]))),
    );
  }
  await store.compact(200);
  await store.reserveRevisions(5_000);
  await store.close();
  return home;
}

function fileOf(home: EmbeddedHome, durability: 'boot' | 'durable'): string {
  const folder = durability === 'boot' ? join('boot', 'this-boot') : 'durable';
  return join(home.stateDir, folder, DATA_FILE);
}

/** Every file of the store with its bytes. */
function snapshot(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile() && !name.endsWith('lock.mdb'))
    .map(
      (name) =>
        `${name} ${createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex')}`,
    )
    .toSorted();
}

async function assertRefused(home: EmbeddedHome, file: string, message: RegExp): Promise<void> {
  const before = snapshot(home.stateDir);
  await assert.rejects(home.open(), (error: unknown) => {
    assert.ok(error instanceof StoreError);
    assert.equal(error.fault, 'corrupt');
    assert.ok(error.message.startsWith(file), error.message);
    assert.match(error.message, message);
    assert.match(error.message, /move it(s folder)? away/);
    return true;
  });
  assert.deepEqual(snapshot(home.stateDir), before);
}

function writeAt(file: string, at: number, bytes: Buffer): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, bytes, 0, bytes.length, at);
  closeSync(fd);
}

for (const durability of ['boot', 'durable'] as const) {
  test(`a data file that is gone, empty, cut short or overwritten is refused and left alone: ${durability}`, async (t) => {
    const home = await filledHome(t);
    const file = fileOf(home, durability);
    const whole = `${home.stateDir}.whole`;
    cpSync(file, whole);
    t.after(() => rmSync(whole, { force: true }));
    for (const bytes of [0, 1, 100, 4_095, 4_096, 8_192, 20_000, 40_960]) {
      truncateSync(file, bytes);
      await assertRefused(home, file, /cut short|ends at byte|meta page/);
      copyFileSync(whole, file);
    }
    writeAt(file, 0, Buffer.alloc(4_096, 0xff));
    await assertRefused(home, file, /meta page/);
    copyFileSync(whole, file);
    for (const at of [10, 16, 4_096 + 20]) {
      writeAt(file, at, Buffer.from([1]));
      await assertRefused(home, file, /meta page/);
      copyFileSync(whole, file);
    }
    writeAt(file, 8_192, Buffer.alloc(100_000));
    await assertRefused(home, file, /page \d+/);
    rmSync(file);
    await assertRefused(home, file, /is missing/);
    copyFileSync(whole, file);
    await (await home.open()).close();
  });

  test(`a flipped bit is noticed or does not matter: ${durability}`, async (t) => {
    const home = await filledHome(t);
    const file = fileOf(home, durability);
    const folder = join(file, '..');
    const sound = readStored(folder, durability);
    const whole = readFileSync(file);
    let refused = 0;
    const check = (at: number, bit: number): void => {
      writeAt(file, at, Buffer.from([(whole[at] ?? 0) ^ (1 << bit)]));
      try {
        assert.deepEqual(readStored(folder, durability), sound, `bit ${bit} of byte ${at}`);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        refused += 1;
      } finally {
        writeAt(file, at, whole.subarray(at, at + 1));
      }
    };
    const used = whole.findLastIndex((byte) => byte !== 0) + 1;
    for (let at = 0; at < 170; at += 1) for (const page of [0, 4_096]) for (const bit of [0, 6]) check(page + at, bit);
    fc.assert(fc.property(fc.integer({ min: 0, max: used - 1 }), fc.integer({ min: 0, max: 7 }), check), {
      numRuns: 250,
    });
    assert.ok(refused > 100, `only ${refused} refused`);
  });
}

test('bytes of any kind in any place are refused as damage, never by another error', async (t) => {
  const home = await filledHome(t);
  const file = fileOf(home, 'boot');
  const whole = readFileSync(file);
  const used = whole.findLastIndex((byte) => byte !== 0) + 1;
  const place = fc.integer({ min: 0, max: used - 1 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 64 })), { minLength: 1 }),
      (damage) => {
        for (const [at, bytes] of damage) writeAt(file, at, Buffer.from(bytes));
        try {
          readStored(join(file, '..'), 'boot');
        } catch (error) {
          assert.ok(error instanceof StoreError && error.fault === 'corrupt', String(error));
        } finally {
          truncateSync(file, 0);
          writeAt(file, 0, whole);
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('a flipped bit in the lists of free pages is noticed or harms no record when pages are used again', async (t) => {
  const home = await filledHome(t);
  const file = fileOf(home, 'boot');
  const folder = join(file, '..');
  const whole = readFileSync(file);
  const sound = new Map(readStored(folder, 'boot').records.map(({ key, value }) => [key, value]));
  const data = new DataFile(file);
  const { free, pageBytes } = data.meta;
  data.close();
  let refused = 0;
  let opened = 0;
  const start = free.root * pageBytes;
  for (let at = start; at < start + pageBytes; at += 8) {
    if (whole.readBigUInt64LE(at) === 0n) continue;
    writeAt(file, at, Buffer.from([(whole[at] ?? 0) ^ 1]));
    const store = await home.open().catch((error: unknown) => {
      assert.ok(error instanceof StoreError && error.fault === 'corrupt', String(error));
      refused += 1;
    });
    if (store !== undefined) {
      opened += 1;
      const commits = Array.from({ length: 100 }, (_, n) =>
        store.commit(commitOf('boot', { [`new${n}`]: 'x'.repeat(n * 50) })),
      );
      await Promise.all(commits);
      await store.commit(
        commitOf('boot', Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`new${n}`, undefined]))),
      );
      await store.close();
      assert.deepEqual(new Map(readStored(folder, 'boot').records.map(({ key, value }) => [key, value])), sound);
    }
    truncateSync(file, 0);
    writeAt(file, 0, whole);
  }
  assert.ok(refused > 10, `${refused} refused, ${opened} opened`);
});
