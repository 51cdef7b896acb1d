import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../e2e/until.js';
import { AuditWorld, eventOf, range, readAll, sequences } from './audit_world.js';

test('a full disk loses entries, says so once, and the log tells how many once there is room', async (t) => {
  const world = new AuditWorld(t);
  const log = world.open();
  log.emit(eventOf());
  log.flush();
  world.room = 0;
  for (const _ of range(1, 10)) {
    log.emit(eventOf());
    log.emit(eventOf());
    log.flush();
  }
  assert.deepEqual(world.lost, [[2, 'ENOSPC']]);
  assert.deepEqual(await sequences(log), [1]);
  assert.deepEqual(world.recovered, []);
  world.room = Number.POSITIVE_INFINITY;
  log.emit(eventOf({ action: 'secret.rotated' }));
  log.flush();
  assert.deepEqual(world.recovered, [20]);
  const [, told, next] = await readAll(log);
  assert.deepEqual([told?.action, told?.success, told?.details.get('entries')], ['audit.entries_lost', false, '20']);
  assert.equal(next?.action, 'secret.rotated');
  assert.equal(next?.sequence, 3);
});

test('that there is room again is found without another event', async (t) => {
  const world = new AuditWorld(t);
  const log = world.open({ lookMs: 10 });
  world.room = 0;
  log.emit(eventOf());
  await until('it is told', () => world.lost.length === 1);
  world.room = Number.POSITIVE_INFINITY;
  await until('it is over', () => world.recovered.length === 1);
  assert.equal((await readAll(log))[0]?.action, 'audit.entries_lost');
});

test('a disk that takes a part of a write keeps the whole lines of it, wherever it is cut', async (t) => {
  const whole = new AuditWorld(t);
  const full = whole.open();
  for (const _ of range(1, 4)) full.emit(eventOf());
  full.flush();
  const line = whole.text().indexOf('\n') + 1;
  const cuts = range(0, 3).flatMap((lines) => [1, 20, line - 2, line - 1, line].map((more) => lines * line + more));
  for (const room of cuts) {
    const world = new AuditWorld(t);
    const log = world.open();
    world.room = room;
    for (const _ of range(1, 4)) log.emit(eventOf());
    log.flush();
    const count = Math.floor(room / line);
    assert.equal((await readAll(log)).length, count);
    assert.deepEqual(world.lost, count === 4 ? [] : [[4 - count, 'ENOSPC']]);
    world.room = Number.POSITIVE_INFINITY;
    log.emit(eventOf({ action: 'secret.rotated' }));
    log.flush();
    assert.deepEqual(world.recovered, count === 4 ? [] : [4 - count]);
    const after = await readAll(log);
    // One that lacked only its end was counted as lost, and is there nevertheless.
    const leased = count + (room % line === line - 1 ? 1 : 0);
    assert.deepEqual(
      after.map(({ action }) => action),
      [...Array(leased).fill('secret.leased'), ...(count === 4 ? [] : ['audit.entries_lost']), 'secret.rotated'],
    );
    await log.close();
    assert.deepEqual(await readAll(world.open()), after);
  }
});

test('the line that tells of what was lost can be lost, too', async (t) => {
  const world = new AuditWorld(t);
  const log = world.open();
  world.room = 0;
  log.emit(eventOf());
  log.flush();
  world.room = 30;
  log.emit(eventOf());
  log.flush();
  world.room = 200;
  log.emit(eventOf());
  log.emit(eventOf());
  log.flush();
  assert.deepEqual(world.recovered, []);
  world.room = Number.POSITIVE_INFINITY;
  log.look();
  assert.equal(world.lost.length, 1);
  const entries = await readAll(log);
  const told = entries.map(({ details }) => Number(details.get('entries') ?? 0)).reduce((sum, count) => sum + count, 0);
  assert.equal(told + entries.filter(({ action }) => action === 'secret.leased').length, 4);
  assert.deepEqual(world.recovered, [told]);
});

test('a folder that cannot be made at the start is made when it can', async (t) => {
  const world = new AuditWorld(t);
  world.room = 0;
  const log = world.open();
  log.emit(eventOf());
  log.flush();
  assert.deepEqual(world.lost, [[1, 'ENOSPC']]);
  world.room = Number.POSITIVE_INFINITY;
  log.look();
  assert.deepEqual(world.recovered, [1]);
  assert.deepEqual(await sequences(log), [1]);
});

test('what did not get onto the disk is told of, too', async (t) => {
  const world = new AuditWorld(t);
  const log = world.open({ syncMs: 1 });
  world.syncFails = true;
  log.emit(eventOf());
  log.emit(eventOf());
  await until('it is told', () => world.lost.length === 1);
  assert.deepEqual(world.lost, [[2, 'EIO']]);
  world.syncFails = false;
  log.look();
  assert.deepEqual(world.recovered, [2]);
});
