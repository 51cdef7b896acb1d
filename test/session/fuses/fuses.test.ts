import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { StoredFuse } from '../../../src/session/fuses/fuse_rules.js';
import { FuseWorld } from './fuse_world.js';

const DAY_MS = 86_400_000;
const STOP = { kind: 'stop-session' } as const;

function idsOf(fuses: readonly StoredFuse[]): string[] {
  return fuses.map(({ fuseId }) => fuseId);
}

describe('a fuse', () => {
  test('goes off at its time, once, and not before', async (t) => {
    const world = new FuseWorld(t);
    const fuse = world.set({ afterMs: 90_000, directory: '/work', label: 'lunch' });
    assert.deepEqual(world.onDisk(), [`${fuse.fuseId}.json`]);
    world.pass(89_999);
    assert.deepEqual(world.fired, []);
    world.pass(1);
    assert.deepEqual(world.fired, [fuse.fuseId]);
    world.begun[0]?.end();
    const [told] = await world.events.count('fuse.fired', 1);
    assert.deepEqual(told, {
      action: 'fuse.fired',
      level: 'info',
      success: true,
      metadata: {
        fuseId: fuse.fuseId,
        fuseAction: 'exec',
        directory: '/work',
        label: 'lunch',
        detail: 'ended with exit code 0',
        lateMs: 0,
      },
    });
    world.pass(DAY_MS);
    world.restart();
    assert.deepEqual([world.fired, world.all(), world.onDisk()], [[], [], []]);
  });

  test('is off the disk before its action begins', (t) => {
    const world = new FuseWorld(t);
    world.set();
    world.pass(10_000);
    assert.equal(world.begun[0]?.wasOnDisk, false);
    world.restart();
    world.pass(DAY_MS);
    assert.deepEqual(world.fired, [], 'it went off in the run before');
  });

  test('whose action fails has gone off all the same, and says so', async (t) => {
    const world = new FuseWorld(t);
    world.set();
    world.pass(10_000);
    world.begun[0]?.end({ success: false, detail: 'ended with exit code 3' });
    const [told] = await world.events.count('fuse.fired', 1);
    assert.deepEqual([told?.level, told?.success, told?.metadata['detail']], ['warn', false, 'ended with exit code 3']);
    world.pass(DAY_MS);
    assert.equal(world.begun.length, 1);
  });

  test('tells by whom it was set, and nothing of what it runs', (t) => {
    const world = new FuseWorld(t);
    const actor = { uid: 7, pid: 8, executable: '/bin/x', script: '' };
    const deed = { kind: 'exec', command: 'curl -H hunter2' } as const;
    world.fuses.set({ sessionId: 's1', directory: '', deed, afterMs: 1_000, label: '' }, actor);
    const [told] = world.events.of('fuse.set');
    assert.deepEqual(told?.actor, actor);
    assert.doesNotMatch(JSON.stringify(world.events.all), /hunter2/);
  });

  test('for a time beyond what a timer of Node can count comes at its time', (t) => {
    const world = new FuseWorld(t);
    const fuse = world.set({ afterMs: 2 ** 31 + 5_000 });
    world.pass(2 ** 31);
    assert.deepEqual(world.fired, []);
    world.pass(5_000);
    assert.deepEqual(world.fired, [fuse.fuseId]);
  });
});

describe('several fuses', () => {
  test('for one directory stand beside each other', (t) => {
    const world = new FuseWorld(t);
    const late = world.set({ directory: '/work', afterMs: 20_000 });
    const early = world.set({ directory: '/work', afterMs: 10_000 });
    world.set({ directory: '/elsewhere' });
    assert.deepEqual(world.fuses.list({ sessionId: '', directory: '/work' }), [early, late]);
    world.pass(10_000);
    assert.ok(world.fired.includes(early.fuseId) && !world.fired.includes(late.fuseId));
    world.pass(10_000);
    assert.ok(world.fired.includes(late.fuseId));
  });

  test('due at once begin in the order of their time, so many at a time; the others stay on the disk', async (t) => {
    const world = new FuseWorld(t);
    const set = Array.from({ length: 20 }, (_, index) => world.set({ afterMs: 20_000 - index }));
    const inOrder = idsOf(set).reverse();
    world.pass(20_000);
    assert.deepEqual(world.fired, inOrder.slice(0, 16));
    assert.deepEqual(
      world.onDisk(),
      inOrder
        .slice(16)
        .map((id) => `${id}.json`)
        .sort(),
    );
    const stop = world.set({ sessionId: 's1', deed: STOP, afterMs: 1_000 });
    world.pass(1_000);
    assert.ok(world.fired.includes(stop.fuseId), 'commands that hang hold up no stop');
    world.begun[0]?.end();
    await turnOfTheLoop();
    world.pass(1);
    assert.ok(world.fired.includes(inOrder[16] ?? ''));
    const cancelled = world.fuses.cancel(inOrder[19] ?? '');
    assert.ok(cancelled !== undefined, 'one that waits can still be cancelled');
    for (const { end } of [...world.begun]) end();
    await turnOfTheLoop();
    world.pass(1);
    assert.deepEqual([...world.fired].sort(), [...inOrder.slice(0, 19), stop.fuseId].sort());
  });

  test('beyond 4,096 are refused', (t) => {
    const world = new FuseWorld(t);
    world.diskless = true;
    const fuses = Array.from({ length: 4_096 }, () => world.set());
    assert.throws(() => world.set(), { reason: 'TOO_MANY' });
    world.fuses.cancel(fuses[7]?.fuseId ?? '');
    world.set();
  });
});

describe('after the daemon was away', () => {
  test('overdue fuses go off once, the others at their time', (t) => {
    const world = new FuseWorld(t);
    const overdue = [world.set({ afterMs: 5_000 }), world.set({ afterMs: 4_000 })];
    const later = world.set({ afterMs: 60_000 });
    world.wallMs += 30_000;
    world.restart();
    assert.deepEqual(world.fired, idsOf([...overdue].reverse()));
    world.pass(29_999);
    assert.equal(world.begun.length, 2);
    world.pass(1);
    assert.deepEqual(world.fired.slice(2), [later.fuseId]);
    world.restart();
    assert.deepEqual(world.fired, []);
  });

  test('how late one was is told', async (t) => {
    const world = new FuseWorld(t);
    world.set({ afterMs: 5_000 });
    world.wallMs += 65_000;
    world.restart();
    world.begun[0]?.end();
    const [told] = await world.events.count('fuse.fired', 1);
    assert.equal(told?.metadata['lateMs'], 60_000);
  });

  test('what was extended or cancelled before is so', (t) => {
    const world = new FuseWorld(t);
    const extended = world.set();
    const cancelled = world.set();
    world.fuses.extend(extended.fuseId, 100_000);
    world.fuses.cancel(cancelled.fuseId);
    world.wallMs += 50_000;
    world.restart();
    assert.deepEqual([world.fired, idsOf(world.all())], [[], [extended.fuseId]]);
  });
});

describe('extend and cancel', () => {
  test('move a fuse, and take it away', (t) => {
    const world = new FuseWorld(t);
    const fuse = world.set({ afterMs: 10_000 });
    world.pass(9_999);
    assert.equal(world.fuses.extend(fuse.fuseId, 10_000).fireWallMs, world.wallMs + 10_000);
    world.pass(9_999);
    assert.deepEqual(world.fired, []);
    assert.equal(world.fuses.cancel(fuse.fuseId)?.fuseId, fuse.fuseId);
    world.pass(DAY_MS);
    assert.deepEqual([world.fired, world.onDisk()], [[], []]);
    assert.equal(world.fuses.cancel(fuse.fuseId), undefined);
  });

  test('an extension may also bring it nearer', (t) => {
    const world = new FuseWorld(t);
    const fuse = world.set({ afterMs: DAY_MS });
    world.fuses.extend(fuse.fuseId, 1_000);
    world.pass(1_000);
    assert.deepEqual(world.fired, [fuse.fuseId]);
  });

  test('come too late for one that has gone off, though its action still runs', async (t) => {
    const world = new FuseWorld(t);
    const fuse = world.set();
    world.pass(10_000);
    assert.throws(() => world.fuses.extend(fuse.fuseId, 1_000), { reason: 'FUSE_NOT_FOUND' });
    assert.equal(world.fuses.cancel(fuse.fuseId), undefined);
    assert.deepEqual(world.onDisk(), []);
    world.begun[0]?.end();
    await world.events.count('fuse.fired', 1);
    world.pass(DAY_MS);
    assert.equal(world.begun.length, 1);
  });

  test('at the moment at which it is due are in time while it has not gone off', (t) => {
    const world = new FuseWorld(t);
    const extended = world.set();
    const cancelled = world.set();
    // Due, but the timer has not had its turn.
    world.wallMs += 10_000;
    world.fuses.extend(extended.fuseId, 5_000);
    assert.ok(world.fuses.cancel(cancelled.fuseId) !== undefined);
    world.pass(4_999);
    assert.deepEqual(world.fired, []);
    world.pass(1);
    assert.deepEqual(world.fired, [extended.fuseId]);
  });
});

describe('a clock that jumps', () => {
  test('ahead makes fuses go off within a minute', (t) => {
    const world = new FuseWorld(t);
    const fuse = world.set({ afterMs: DAY_MS });
    world.wallMs += 2 * DAY_MS;
    world.pass(60_000);
    assert.deepEqual(world.fired, [fuse.fuseId]);
  });

  test('back puts them off, and never lets one go off twice', async (t) => {
    const world = new FuseWorld(t);
    const first = world.set({ afterMs: 10_000 });
    const second = world.set({ afterMs: 100_000 });
    world.pass(10_000);
    world.begun[0]?.end();
    await turnOfTheLoop();
    world.wallMs -= 3_600_000;
    world.pass(3_600_000);
    assert.deepEqual(world.fired, [first.fuseId]);
    world.pass(90_000);
    assert.deepEqual(world.fired, [first.fuseId, second.fuseId]);
  });
});

describe('a session that has ended', () => {
  test('takes its stop fuses along, and no others', (t) => {
    const world = new FuseWorld(t);
    world.set({ sessionId: 's1', deed: STOP });
    const others = [
      world.set({ sessionId: 's1' }),
      world.set({ sessionId: 's2', deed: STOP }),
      world.set({ directory: '/work' }),
    ];
    world.fuses.sessionEnded('s1');
    assert.deepEqual(world.all(), others);
    world.restart();
    assert.deepEqual(world.all(), others);
  });
});

describe('a disk', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });

  test('that takes nothing refuses what is new and keeps what was', (t) => {
    const world = new FuseWorld(t);
    const fuse = world.set();
    world.writeFault = full;
    assert.throws(() => world.set());
    assert.throws(() => world.fuses.extend(fuse.fuseId, DAY_MS));
    assert.deepEqual([world.all(), world.onDisk()], [[fuse], [`${fuse.fuseId}.json`]]);
    world.pass(10_000);
    assert.deepEqual(world.fired, [fuse.fuseId], 'taking one out needs no room');
  });

  test('that lets nothing be taken out holds fuses back, tells it once, and lets them go off later', (t) => {
    const world = new FuseWorld(t);
    const fuse = world.set();
    world.removeFault = Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' });
    world.pass(600_000);
    assert.deepEqual([world.fired, idsOf(world.all())], [[], [fuse.fuseId]]);
    assert.deepEqual(
      world.events.of('fuse.delayed').map(({ level, success }) => [level, success]),
      [['warn', false]],
    );
    world.removeFault = undefined;
    world.pass(60_000);
    assert.deepEqual(world.fired, [fuse.fuseId]);
  });
});

describe('closed', () => {
  test('fuses wait for the next run', async (t) => {
    const world = new FuseWorld(t);
    world.set();
    await world.fuses.close();
    world.pass(DAY_MS);
    assert.deepEqual(world.fired, []);
    world.restart();
    assert.equal(world.fired.length, 1);
  });

  test('what runs may end by itself, and is ended after 3 s', async (t) => {
    const world = new FuseWorld(t);
    world.set();
    world.set();
    world.pass(10_000);
    const [first, second] = world.begun;
    assert.ok(first !== undefined && second !== undefined);
    const closed = world.fuses.close();
    first.end();
    world.pass(2_999);
    assert.equal(second.signal.aborted, false);
    world.pass(1);
    assert.equal(second.signal.aborted, true);
    second.end({ success: false, detail: 'was killed because the daemon stops' });
    await closed;
    assert.deepEqual(
      world.events.of('fuse.fired').map(({ success }) => success),
      [true, false],
    );
  });
});
