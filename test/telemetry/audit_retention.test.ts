import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { describe, test } from 'node:test';
import { until } from '../e2e/until.js';
import { AuditWorld, DAY_MS, eventOf, range, sequences } from './audit_world.js';

/** Bytes of all files. */
function sizeOf(world: AuditWorld): number {
  return world.names().reduce((sum, name) => sum + statSync(world.path(name)).size, 0);
}

describe('by size', () => {
  test('the log never grows beyond its limit, and keeps seven eighths of it at least', async (t) => {
    const world = new AuditWorld(t);
    const log = world.open({ limits: { maxBytes: 16_000, maxAgeMs: DAY_MS } });
    let written = 0;
    for (const round of range(1, 100)) {
      for (const number of range(1, round % 17)) {
        // Some are longer than a segment.
        const length = (round + number) % 40 === 0 ? 1_000 : (round * number) % 300;
        log.emit(
          eventOf({ metadata: { text: 'x'.repeat(length), more: 'y'.repeat(length), most: 'z'.repeat(length) } }),
        );
        written += 1;
      }
      log.flush();
      assert.ok(sizeOf(world) <= 16_000, `${sizeOf(world)} bytes`);
    }
    assert.ok(sizeOf(world) > 14_000 - 3_200, `${sizeOf(world)} bytes`);
    const kept = await sequences(log);
    assert.deepEqual(kept, range(written - kept.length + 1, written));
    // A start finds the same again.
    await log.close();
    const again = world.open({ limits: { maxBytes: 16_000, maxAgeMs: DAY_MS } });
    assert.deepEqual(await sequences(again), kept);
  });

  test('a batch larger than the whole limit leaves its newest part', async (t) => {
    const world = new AuditWorld(t);
    const log = world.open({ limits: { maxBytes: 8_000, maxAgeMs: DAY_MS } });
    for (const _ of range(1, 900)) log.emit(eventOf());
    log.flush();
    assert.ok(sizeOf(world) <= 8_000);
    assert.equal((await sequences(log)).at(-1), 900);
  });

  test('a smaller limit takes effect at once', async (t) => {
    const world = new AuditWorld(t);
    const log = world.open({ limits: { maxBytes: 64_000, maxAgeMs: DAY_MS } });
    for (const _ of range(1, 500)) log.emit(eventOf());
    log.flush();
    const before = sizeOf(world);
    log.configure({ maxBytes: 16_000, maxAgeMs: DAY_MS }, 1_000);
    assert.ok(before > 32_000 && sizeOf(world) <= 16_000, `${before}, then ${sizeOf(world)}`);
    log.emit(eventOf());
    log.flush();
    assert.equal((await sequences(log)).at(-1), 501);
  });

  test('a segment that cannot be removed stops nothing', async (t) => {
    const world = new AuditWorld(t);
    const remove = (): void => {
      throw new Error('not permitted');
    };
    const log = world.open({ limits: { maxBytes: 8_000, maxAgeMs: DAY_MS }, files: { ...world.files, remove } });
    for (const _ of range(1, 300)) {
      log.emit(eventOf());
      log.flush();
    }
    assert.deepEqual(world.lost, []);
    assert.equal(log.latestSequence, 300);
    assert.ok(((await sequences(log))[0] ?? 0) > 1);
  });

  test('on a full disk the oldest make room for the newest', async (t) => {
    const world = new AuditWorld(t);
    const { files } = world;
    const remove = (path: string): void => {
      world.room += statSync(path).size;
      files.remove(path);
    };
    const log = world.open({ limits: { maxBytes: 8_000, maxAgeMs: DAY_MS }, files: { ...files, remove } });
    world.room = 7_900;
    for (const _ of range(1, 500)) {
      log.emit(eventOf());
      log.flush();
    }
    assert.deepEqual(world.lost, []);
    assert.equal((await sequences(log)).at(-1), 500);
  });
});

describe('by age', () => {
  test('what is too old goes when it is looked for, and no sooner', async (t) => {
    const world = new AuditWorld(t);
    const log = world.open();
    for (const _ of range(1, 60)) {
      log.emit(eventOf());
      log.flush();
      world.nowMs += DAY_MS;
      log.look();
    }
    const kept = await sequences(log);
    // An entry stays for 30 days; then it goes with its segment, which has those of less than four more.
    assert.equal(kept.at(-1), 60);
    assert.ok(kept.length >= 30 && kept.length <= 34, `${kept.length} days are kept`);
    assert.equal(kept[0], 60 - kept.length + 1);
  });

  test('the look comes by itself', async (t) => {
    const world = new AuditWorld(t);
    const log = world.open({ lookMs: 5 });
    log.emit(eventOf());
    log.flush();
    world.nowMs += 31 * DAY_MS;
    await until('the entry is gone', () => world.text() === '');
    assert.deepEqual(await sequences(log), []);
    assert.equal(log.latestSequence, 1);
  });

  test('a shorter age takes effect at once', async (t) => {
    const world = new AuditWorld(t);
    const log = world.open();
    log.emit(eventOf());
    log.flush();
    world.nowMs += 2 * DAY_MS;
    log.configure({ maxBytes: 16_000_000, maxAgeMs: DAY_MS }, 1_000);
    assert.deepEqual(await sequences(log), []);
  });

  test('a clock that goes back drops nothing', async (t) => {
    const world = new AuditWorld(t);
    const log = world.open();
    log.emit(eventOf());
    log.flush();
    world.nowMs -= 400 * DAY_MS;
    log.look();
    log.emit(eventOf());
    log.flush();
    assert.deepEqual(await sequences(log), [1, 2]);
  });
});

test('where no new segment can be made, the old one stays until there can', async (t) => {
  const world = new AuditWorld(t);
  const log = world.open();
  log.emit(eventOf());
  log.flush();
  world.nowMs += 31 * DAY_MS;
  world.room = 0;
  log.look();
  assert.deepEqual(await sequences(log), [1]);
  world.room = Number.POSITIVE_INFINITY;
  log.look();
  assert.deepEqual(await sequences(log), []);
  assert.deepEqual(world.lost, []);
});
