import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readEntries } from '../../../src/cli/timeline/entry_rules.js';
import { lanesOf } from '../../../src/cli/timeline/lane_rules.js';
import { ticksOf } from '../../../src/cli/timeline/tick_rules.js';
import type { Hold } from '../../../src/cli/timeline/timeline.js';
import { waitsOf } from '../../../src/cli/timeline/wait_rules.js';
import { joined } from '../../../src/cli/timeline/window_rules.js';
import { entry, ms } from './entries.js';

const window = { fromMs: ms(0), toMs: ms(1_000), nowMs: ms(1_000), isFitted: false };
const nothing = { holds: [], waits: [], runs: [], logBeginsMs: ms(-10) };

test('the end of a lease tells of all its life', () => {
  const told = readEntries([
    entry(
      100,
      'lease.released',
      {},
      { heldMs: '40000', waitedMs: '20000', mode: 'exclusive', purpose: 'sync', holder: 'pid 9 sync.sh' },
    ),
    entry(
      200,
      'lease.expired',
      { actor: undefined, leaseId: 'l2' },
      { heldMs: '50000', mode: 'shared', limit: 'max_hold' },
    ),
    // Written two seconds late.
    entry(302, 'lease.released', { leaseId: 'l3' }, { heldMs: '1000', acquireTime: '2026-05-01T10:04:59.000Z' }),
    entry(360, 'lease.drained', { leaseId: 'l3' }, { heldMs: '61000' }),
    // Of an earlier version: it does not say how long.
    entry(400, 'lease.revoked', { leaseId: 'l4' }),
    entry(410, 'lease.acquired', { leaseId: 'l5' }),
  ]);
  assert.deepEqual(
    told.holds.map(({ leaseId, who, mode, startMs, endMs, drainedMs, end }) => [
      leaseId,
      who,
      mode,
      startMs,
      endMs,
      drainedMs,
      end,
    ]),
    [
      ['l1', 'pid 9 sync.sh', 'exclusive', ms(60), ms(100), ms(100), 'released'],
      ['l2', 'client ci', 'shared', ms(150), ms(200), ms(200), 'over max hold'],
      ['l3', 'pid 812 node sync.js', 'exclusive', ms(299), ms(300), ms(360), 'released'],
    ],
  );
  assert.deepEqual([told.holds[0]?.waitedMs, told.holds[0]?.purpose], [20_000, 'sync']);
});

test('whoever had the resource while somebody waited is found, however the holds lie', () => {
  const life = fc.record({ startMs: fc.nat(100), heldMs: fc.nat(60), drainsMs: fc.nat(20), waitedMs: fc.nat(120) });
  fc.assert(
    fc.property(fc.array(life, { maxLength: 25 }), (lives) => {
      const holds = lives.map(
        ({ startMs, heldMs, drainsMs, waitedMs }, index): Hold => ({
          resource: index % 5 === 0 ? 'other' : 'nightly',
          leaseId: `l${index}`,
          clientId: 'c',
          who: `pid ${index}`,
          mode: 'shared',
          purpose: '',
          startMs,
          endMs: startMs + heldMs,
          drainedMs: startMs + heldMs + drainsMs,
          end: 'released',
          waitedMs,
        }),
      );
      const expected = holds
        .filter(({ waitedMs }) => waitedMs >= 50)
        .flatMap((waiter) =>
          holds
            .filter((hold) => hold !== waiter && hold.resource === waiter.resource)
            .map((hold) => {
              const from = Math.max(hold.startMs, waiter.startMs - waiter.waitedMs);
              return { waiter: waiter.who, who: hold.who, ms: Math.min(hold.drainedMs, waiter.startMs) - from };
            })
            .filter(({ ms: milliseconds }) => milliseconds > 0),
        );
      const found = waitsOf(holds, []).flatMap(({ who: waiter, waitedFor }) =>
        waitedFor.map(({ who, ms: milliseconds }) => ({ waiter, who, ms: milliseconds })),
      );
      const sorted = (all: typeof found) => all.map((one) => JSON.stringify(one)).sort();
      assert.deepEqual(sorted(found), sorted(expected));
    }),
  );
});

test('who waited is told with whom it was for, and for how long of it', () => {
  const timeline = joined(
    window,
    readEntries([
      entry(100, 'lease.released', { leaseId: 'a' }, { heldMs: '50000', holder: 'first' }),
      entry(160, 'lease.released', { leaseId: 'b' }, { heldMs: '60000', waitedMs: '30000', holder: 'second' }),
      entry(130, 'lease.wait_ended', { leaseId: '', reason: 'TIMED_OUT', success: false }, { waitedMs: '60000' }),
    ]),
    nothing,
  );
  assert.deepEqual(
    timeline.waits.map(({ who, startMs, endMs, outcome, waitedFor }) => [
      who,
      startMs,
      endMs,
      outcome,
      waitedFor.map((one) => [one.who, one.ms]),
    ]),
    [
      ['second', ms(70), ms(100), 'granted', [['first', 30_000]]],
      [
        'pid 812 node sync.js',
        ms(70),
        ms(130),
        'timed out',
        [
          ['first', 30_000],
          ['second', 30_000],
        ],
      ],
    ],
  );
});

test('a window that nobody asked for begins with the first that is seen in it', () => {
  const from = (seconds: readonly number[], isFitted = true) =>
    (joined(
      { ...window, isFitted },
      readEntries(
        seconds.map((at, index) => entry(at, 'lease.released', { leaseId: `l${index}` }, { heldMs: '10000' })),
      ),
      nothing,
    ).fromMs -
      ms(0)) /
    1_000;
  assert.equal(from([910, 810, 990]), 800);
  assert.equal(from([910, 810, 990], false), 0);
  assert.equal(from([5, 910]), 0, 'it lasted into the window');
  assert.equal(from([990]), 940, 'a minute at least');
  assert.equal(from([]), 0);
  const started = joined({ ...window, isFitted: true }, readEntries([entry(700, 'daemon.started')]), nothing);
  assert.equal(started.fromMs, ms(700));
});

test('what goes on comes from the daemon; what ended between the two questions is over', () => {
  const told = readEntries([entry(900, 'lease.released', { leaseId: 'l1' }, { heldMs: '1000' })]);
  const going = told.holds.map((hold): Hold => ({ ...hold, end: 'held', endMs: ms(1_000), drainedMs: ms(1_000) }));
  const other = going.map((hold): Hold => ({ ...hold, leaseId: 'l2' }));
  const { holds } = joined(window, told, { ...nothing, holds: [...going, ...other] });
  assert.deepEqual(
    holds.map(({ leaseId, end }) => [leaseId, end]),
    [
      ['l1', 'released'],
      ['l2', 'held'],
    ],
  );
});

test('only what touches the window is in it', () => {
  const hold = (leaseId: string, end: number, held: number) =>
    entry(end, 'lease.released', { leaseId }, { heldMs: String(held * 1_000) });
  const told = readEntries([
    hold('before', -5, 10),
    hold('into', 5, 10),
    hold('out of', 1_005, 10),
    hold('after', 1_100, 10),
  ]);
  assert.deepEqual(
    joined(window, told, nothing).holds.map(({ leaseId }) => leaseId),
    ['into', 'out of'],
  );
});

test('what the log does not reach is said', () => {
  const none = readEntries([]);
  assert.match(
    joined(window, none, { ...nothing, logBeginsMs: ms(60) }).notes[0] ?? '',
    /begins at 2026-05-01T10:01:00Z/,
  );
  assert.match(joined(window, none, { ...nothing, logBeginsMs: undefined }).notes[0] ?? '', /is empty/);
  const lost = readEntries([entry(5, 'audit.entries_lost', {}, { entries: '17' })]);
  assert.match(joined(window, lost, nothing).notes.join('\n'), /17 entries .* were lost/);
  assert.equal(joined(window, none, nothing).notes.length, 1);
});

test('a crash, which the next start finds, stands before that start', () => {
  const { marks } = readEntries([
    entry(10, 'daemon.started'),
    entry(60, 'daemon.started'),
    entry(60, 'daemon.crash_recovered'),
    entry(90, 'daemon.stopped'),
  ]);
  assert.deepEqual(marks, [
    { atMs: ms(10), text: 'tenured started' },
    { atMs: ms(60), text: 'tenured had crashed' },
    { atMs: ms(60), text: 'tenured started' },
    { atMs: ms(90), text: 'tenured stopped' },
  ]);
});

test('a session is one run, from its launch to its end, and the daemon knows better while it keeps it', () => {
  const about = { sessionId: 's1', adapter: 'codex', directory: '/home/me/repo' };
  const told = readEntries([
    entry(10, 'session.launched', {}, { ...about, command: 'codex' }),
    entry(70, 'session.ended', { success: false }, { ...about, outcome: 'timed_out', durationMs: '60000' }),
    entry(80, 'session.ended', {}, { ...about, sessionId: 's2', outcome: 'success', durationMs: '60000' }),
  ]);
  assert.deepEqual(
    told.runs.map(({ id, startMs, endMs, outcome, tone }) => [id, startMs, endMs, outcome, tone]),
    [
      ['s1', ms(10), ms(70), 'timed out', 'bad'],
      ['s2', ms(20), ms(80), 'success', 'good'],
    ],
  );
  const known = told.runs.slice(0, 1).map((run) => ({ ...run, about: 'mend it' }));
  const { runs } = joined(window, told, { ...nothing, runs: known });
  assert.deepEqual(
    runs.map(({ id, about: words }) => [id, words]),
    [
      ['s1', 'mend it'],
      ['s2', '/home/me/repo'],
    ],
  );
});

const span = fc
  .record({ startMs: fc.nat(1_000), length: fc.nat(200) })
  .map(({ startMs, length }) => ({ startMs, endMs: startMs + length }));

test('nothing overlaps in a lane, nothing is lost, and there are no more lanes than overlap at once', () => {
  fc.assert(
    fc.property(fc.array(span, { maxLength: 40 }), (spans) => {
      const lanes = lanesOf(spans);
      assert.equal(lanes.flat().length, spans.length);
      for (const lane of lanes) {
        for (const [index, one] of lane.entries())
          assert.ok(index === 0 || (lane[index - 1]?.endMs ?? 0) <= one.startMs);
      }
      const atOnce = spans.map(
        ({ startMs }) => spans.filter((one) => one.startMs <= startMs && startMs < one.endMs).length + 1,
      );
      assert.ok(lanes.length <= Math.max(0, ...atOnce), 'too many lanes');
    }),
  );
});

test('ticks are round, within the window, and no more than asked for', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1_000, max: 366 * 86_400_000 }),
      fc.integer({ min: 2, max: 20 }),
      fc.integer({ min: -48, max: 56 }),
      (length, most, quarters) => {
        const offset = quarters * 900_000;
        const ticks = ticksOf(ms(0), ms(0) + length, most, offset);
        assert.ok(ticks.length <= most + 1);
        for (const tick of ticks) assert.ok(tick >= ms(0) && tick <= ms(0) + length && (tick + offset) % 1_000 === 0);
      },
    ),
  );
  // Midnight is local.
  assert.deepEqual(ticksOf(Date.UTC(2026, 4, 1, 20), Date.UTC(2026, 4, 3, 2), 2, 2 * 3_600_000), [
    Date.UTC(2026, 4, 1, 22),
    Date.UTC(2026, 4, 2, 22),
  ]);
});

test('a moment of queueing is no wait', () => {
  const [hold] = readEntries([entry(100, 'lease.released', {}, { heldMs: '1000', waitedMs: '3' })]).holds;
  assert.deepEqual(hold && waitsOf([hold], []), []);
});
