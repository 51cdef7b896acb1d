import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { until } from '../e2e/until.js';
import { temporaryFolder } from '../os/child_process.js';
import { AuditWorld, DAY_MS, eventOf, range, readAll, sequences } from './audit_world.js';

const FIRST = '000000000001.jsonl';

describe('entries', () => {
  test('are lines with who, what and where, each what it was given', async (t) => {
    const world = new AuditWorld(t);
    const log = world.open();
    log.emit(
      eventOf({
        action: 'secret.lease_refused',
        success: false,
        actor: { uid: 1000, pid: 7, executable: '/usr/bin/node', script: 'sync.js' },
        metadata: {
          clientId: 'c',
          resource: 'secret/a',
          leaseId: 'l1',
          reason: 'TTL_OUT_OF_RANGE',
          ttlMs: 90,
          ok: true,
        },
      }),
    );
    log.emit(eventOf());
    log.flush();
    const [line, plain] = world.text().split('\n');
    assert.deepEqual(JSON.parse(line ?? ''), {
      sequence: 1,
      timeMs: world.nowMs,
      action: 'secret.lease_refused',
      success: false,
      actor: { uid: 1000, pid: 7, executable: '/usr/bin/node', script: 'sync.js' },
      clientId: 'c',
      resource: 'secret/a',
      leaseId: 'l1',
      reason: 'TTL_OUT_OF_RANGE',
      details: { ttlMs: '90', ok: 'true' },
    });
    assert.deepEqual(JSON.parse(plain ?? ''), {
      sequence: 2,
      timeMs: world.nowMs,
      action: 'secret.leased',
      success: true,
    });
    const [entry] = await readAll(log);
    assert.equal(entry?.actor?.script, 'sync.js');
    assert.deepEqual(
      entry?.details,
      new Map([
        ['ttlMs', '90'],
        ['ok', 'true'],
      ]),
    );
  });

  test('hold no token, and no value of a field that is secret', async (t) => {
    const world = new AuditWorld(t);
    const log = world.open();
    const metadata = {
      value: 'marker',
      Token: 'marker',
      resource: 'tno_marker',
      reason: 'got tni_marker',
      __proto__: 'x',
    };
    log.emit(
      eventOf({ metadata, actor: { uid: 1, pid: undefined, executable: '/x/tno_marker', script: 'tni_marker' } }),
    );
    await log.close();
    assert.doesNotMatch(world.text(), /marker/);
    assert.match(world.text(), /"value":"\[redacted\]"/);
  });

  test('are of bounded size, whatever they are made of', async (t) => {
    const world = new AuditWorld(t);
    const log = world.open();
    const long = '\u0001'.repeat(100_000);
    const many = Object.fromEntries(range(1, 500).map((number) => [`field${number}`, long]));
    const actor = { uid: 1, pid: 1, executable: long, script: long };
    log.emit(
      eventOf({
        action: long,
        actor,
        metadata: { ...many, clientId: long, resource: '😀'.repeat(5_000), reason: long },
      }),
    );
    log.flush();
    assert.ok(statSync(world.path(FIRST)).size < 128 * 1024);
    const [entry] = await readAll(log);
    assert.match(entry?.resource ?? '', /^(😀)+…$/u);
  });

  test('of one turn are written at its end by one write, and at once where a caller asks', async (t) => {
    const world = new AuditWorld(t);
    const log = world.open();
    for (const _ of range(1, 100)) log.emit(eventOf());
    assert.equal(log.latestSequence, 0);
    await nextTurn();
    assert.equal(log.latestSequence, 100);
    assert.equal(world.writes.length, 1);
    log.emit(eventOf());
    log.flush();
    assert.equal(log.latestSequence, 101);
    log.flush();
    assert.equal(world.writes.length, 2);
  });

  test('that come as the log closes are written, later ones are not', async (t) => {
    const world = new AuditWorld(t);
    const log = world.open();
    log.emit(eventOf());
    const closed = log.close();
    log.emit(eventOf());
    await closed;
    assert.equal(world.text().split('\n').length, 2);
    assert.equal(world.syncs, 1);
  });

  test('reach the disk without being waited for, and not each by itself', async (t) => {
    const world = new AuditWorld(t);
    const log = world.open({ syncMs: 20 });
    for (const _ of range(1, 10)) {
      log.emit(eventOf());
      log.flush();
    }
    assert.equal(world.syncs, 0);
    await until('they are synced', () => world.syncs > 0);
    assert.equal(world.syncs, 1);
    const began = performance.now();
    await until('more are synced', () => {
      log.emit(eventOf());
      return world.syncs === 4;
    });
    // Timers may come a little early.
    assert.ok(performance.now() - began > 55, `${performance.now() - began} ms`);
  });
});

describe('the folder', () => {
  test('and its files are for their owner alone, also where they were not', async (t) => {
    const world = new AuditWorld(t);
    await world.open().close();
    assert.equal(statSync(world.folder).mode & 0o777, 0o700);
    const first = world.open({ limits: { maxBytes: 800, maxAgeMs: DAY_MS } });
    first.emit(eventOf());
    first.emit(eventOf());
    await first.close();
    assert.equal(world.names().length, 2);
    assert.equal(statSync(world.path(FIRST)).mode & 0o777, 0o600);
    chmodSync(world.folder, 0o755);
    chmodSync(world.path(FIRST), 0o644);
    world.open();
    assert.equal(statSync(world.folder).mode & 0o777, 0o700);
    assert.equal(statSync(world.path(FIRST)).mode & 0o777, 0o600);
  });

  test('that is a link is not written to, and its entries are told of as lost', async (t) => {
    const world = new AuditWorld(t);
    const elsewhere = temporaryFolder(t);
    symlinkSync(elsewhere, world.folder);
    const log = world.open();
    log.emit(eventOf());
    log.flush();
    assert.match(world.lost[0]?.[1] ?? '', /is no folder of its own; move it away/);
    rmSync(world.folder);
    log.emit(eventOf());
    log.flush();
    assert.deepEqual(
      (await readAll(log)).map(({ action }) => action),
      ['audit.entries_lost', 'secret.leased'],
    );
    assert.deepEqual(world.recovered, [1]);
  });

  test('that somebody empties is filled again', async (t) => {
    const world = new AuditWorld(t);
    const log = world.open();
    log.emit(eventOf());
    log.flush();
    rmSync(world.folder, { recursive: true });
    log.look();
    log.emit(eventOf());
    log.flush();
    assert.deepEqual(world.names(), ['000000000002.jsonl']);
    assert.deepEqual(await sequences(log), [2]);
  });

  test('may hold other files, which are left alone', async (t) => {
    const world = new AuditWorld(t);
    mkdirSync(world.folder, { recursive: true });
    const others = ['notes.txt', '1.jsonl', '000000000000.jsonl', '0000000000009.jsonl'];
    for (const name of others) writeFileSync(world.path(name), 'x');
    const log = world.open();
    log.emit(eventOf());
    world.nowMs += 400 * DAY_MS;
    log.look();
    for (const name of others) assert.equal(readFileSync(world.path(name), 'utf8'), 'x');
    assert.deepEqual(await sequences(log), [1]);
  });
});

describe('a restart', () => {
  test('goes on with the sequence, in the same file', async (t) => {
    const world = new AuditWorld(t);
    for (const run of range(1, 5)) {
      const log = world.open();
      log.emit(eventOf());
      log.emit(eventOf());
      await log.close();
      assert.deepEqual(await sequences(world.open()), range(1, 2 * run));
    }
    assert.deepEqual(world.names(), [FIRST]);
  });

  test('goes on with the sequence when all entries have grown too old', async (t) => {
    const world = new AuditWorld(t);
    const before = world.open();
    for (const _ of range(1, 7)) before.emit(eventOf());
    before.flush();
    world.nowMs += 31 * DAY_MS;
    before.look();
    await before.close();
    assert.equal(world.text(), '');
    const after = world.open();
    after.emit(eventOf());
    after.flush();
    assert.deepEqual(await sequences(after), [8]);
  });

  test('skips a line that a crash has torn, and glues nothing to it', async (t) => {
    const world = new AuditWorld(t);
    const before = world.open();
    for (const _ of range(1, 3)) before.emit(eventOf());
    await before.close();
    appendFileSync(world.path(FIRST), '{"sequence":4,"timeMs":17548');
    const after = world.open();
    assert.deepEqual(await sequences(after), [1, 2, 3]);
    after.emit(eventOf());
    after.flush();
    assert.deepEqual(await sequences(after), [1, 2, 3, 5]);
    assert.equal(after.damagedLines, 1);
  });

  test('keeps a line that lacks nothing but its end, and its sequence', async (t) => {
    const world = new AuditWorld(t);
    const before = world.open();
    for (const _ of range(1, 3)) before.emit(eventOf());
    await before.close();
    writeFileSync(world.path(FIRST), world.text().trimEnd());
    const after = world.open();
    assert.deepEqual(await sequences(after), [1, 2, 3]);
    after.emit(eventOf());
    after.flush();
    assert.deepEqual(await sequences(after), [1, 2, 3, 4]);
    assert.equal(after.damagedLines, 0);
  });

  test('gives no sequence again that a damaged end may have had', async (t) => {
    const world = new AuditWorld(t);
    const before = world.open();
    for (const _ of range(1, 9)) before.emit(eventOf());
    await before.close();
    const lines = world.text().split('\n');
    writeFileSync(world.path(FIRST), [...lines.slice(0, 6), '#', '\0\0\0', '{"sequence":1e300}', ''].join('\n'));
    const after = world.open();
    after.emit(eventOf());
    after.flush();
    assert.deepEqual(await sequences(after), [1, 2, 3, 4, 5, 6, 10]);
    writeFileSync(world.path(FIRST), '\0'.repeat(3_000));
    const later = world.open();
    later.emit(eventOf());
    later.flush();
    assert.ok(((await sequences(later))[0] ?? 0) > 10);
  });
});

test('damaged lines are skipped and counted, wherever they are', async (t) => {
  const world = new AuditWorld(t);
  const log = world.open();
  for (const _ of range(1, 2_000)) log.emit(eventOf());
  await log.close();
  const lines = world.text().split('\n');
  const damage = (index: number, line: string) => lines.splice(index - 1, 1, line);
  damage(9, '');
  damage(2, 'not json');
  damage(3, '{"sequence":3}');
  damage(4, '[]');
  damage(5, '{"sequence":999999999,"timeMs":1,"action":"secret.leased","success":true}');
  damage(6, '{"sequence":1,"timeMs":1,"action":"secret.leased","success":true}');
  damage(7, 'null');
  damage(8, 'x'.repeat(300_000));
  writeFileSync(join(world.folder, FIRST), lines.join('\n'));
  const again = world.open();
  assert.deepEqual(await sequences(again), [1, ...range(10, 2_000)]);
  assert.ok(again.damagedLines >= 6, `${again.damagedLines} were counted`);
  assert.deepEqual(await sequences(again, 1_500), range(1_501, 2_000));
});
