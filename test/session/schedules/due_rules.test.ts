import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { cronFault, isTimezone, nextDue } from '../../../src/session/schedules/cron_rules.js';
import {
  describeMissed,
  dueSince,
  LATEST_MS,
  LOOK_MS,
  untilNextLookMs,
} from '../../../src/session/schedules/due_rules.js';
import { overlapVerdict } from '../../../src/session/schedules/overlap_rules.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const BEGIN = Date.parse('2026-03-01T00:00:00Z');
const UTC = 'UTC';

const crons = fc.constantFrom('*/5 * * * *', '7 * * * *', '30 3 * * *', '0 0 * * 1', '15 2 * * 7', '@hourly');
const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu');

/** Every moment that is due in a span, one by one. */
function allDue(cron: string, timezone: string, afterMs: number, untilMs: number): number[] {
  const moments: number[] = [];
  for (let due = nextDue({ cron, timezone }, afterMs); due !== undefined && due <= untilMs; ) {
    moments.push(due);
    due = nextDue({ cron, timezone }, due);
  }
  return moments;
}

describe('what is due', () => {
  test('every moment is launched for or missed, once, however the looks fall', () => {
    const gaps = fc.array(fc.oneof(fc.integer({ min: 1, max: LOOK_MS }), fc.integer({ min: 1, max: 3 * HOUR })), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(crons, zones, gaps, fc.integer({ min: 0, max: 60 * 24 * HOUR }), (cron, timezone, pauses, offset) => {
        const begin = BEGIN + offset;
        let settled = begin;
        let now = begin;
        let launched = 0;
        let missed = 0;
        for (const pause of pauses) {
          now += pause;
          const due = dueSince({ cron, timezone }, settled, now);
          settled = due.settledWallMs;
          missed += due.missed?.count ?? 0;
          if (due.nowDue === undefined) continue;
          launched += 1;
          assert.ok(due.nowDue <= now && now - due.nowDue <= LATEST_MS);
        }
        assert.equal(launched + missed, allDue(cron, timezone, begin, now).length);
      }),
      { numRuns: 60 },
    );
  });

  test('nothing is missed while somebody looks as often as promised', () => {
    fc.assert(
      fc.property(
        crons,
        zones,
        fc.array(fc.integer({ min: 1, max: LATEST_MS }), { maxLength: 20 }),
        (cron, timezone, pauses) => {
          let settled = BEGIN;
          let now = BEGIN;
          for (const pause of pauses) {
            now += pause;
            const due = dueSince({ cron, timezone }, settled, now);
            assert.equal(due.missed, undefined);
            settled = due.settledWallMs;
          }
        },
      ),
    );
  });

  test('what was missed for long is told with its first and its last time, and counted to a bound', () => {
    const terms = { cron: '0 * * * *', timezone: UTC };
    const { nowDue, missed, settledWallMs } = dueSince(terms, BEGIN, BEGIN + 5.5 * HOUR);
    assert.equal(nowDue, undefined);
    assert.deepEqual(missed, { firstWallMs: BEGIN + HOUR, lastWallMs: BEGIN + 5 * HOUR, count: 5 });
    assert.equal(settledWallMs, BEGIN + 5 * HOUR);
    const year = dueSince({ cron: '* * * * *', timezone: UTC }, BEGIN, BEGIN + 365 * 24 * HOUR);
    assert.equal(year.missed?.count, 100);
    assert.equal(year.nowDue, BEGIN + 365 * 24 * HOUR);
    assert.match(
      describeMissed({ firstWallMs: BEGIN, lastWallMs: BEGIN + HOUR, count: 2 }, 'x'),
      /^it was due 2 times from 2026-03-01T00:00:00Z to 2026-03-01T01:00:00Z, and x$/,
    );
  });

  test('a clock that is set back repeats nothing, unless it was far ahead', () => {
    const terms = { cron: '0 * * * *', timezone: UTC };
    const settled = BEGIN + 10 * HOUR;
    assert.deepEqual(dueSince(terms, settled, settled - HOUR), {
      nowDue: undefined,
      missed: undefined,
      settledWallMs: settled,
    });
    const farBack = settled - 48 * HOUR;
    const { settledWallMs } = dueSince(terms, settled, farBack);
    assert.equal(settledWallMs, farBack);
    assert.equal(dueSince(terms, settledWallMs, farBack + HOUR).nowDue, farBack + HOUR);
  });

  test('a look is never later than promised, and never in the past', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: BEGIN - HOUR, max: BEGIN + HOUR }), { maxLength: 5 }), (dues) => {
        const wait = untilNextLookMs(dues, BEGIN);
        assert.ok(wait >= 1 && wait <= LOOK_MS);
        for (const due of dues) if (due > BEGIN) assert.ok(BEGIN + wait <= Math.max(due, BEGIN + 1));
      }),
    );
  });
});

describe('cron', () => {
  test('five fields or a name, in a time zone; what is no cron, or never comes, is refused', () => {
    for (const cron of ['0 3 * * *', '*/15 9-17 * * mon-fri', '0 0 1,15 * *', '@daily', '30 3 * jan 0']) {
      assert.equal(cronFault(cron), undefined, cron);
    }
    for (const cron of [
      '',
      'x',
      '* * * *',
      '* * * * * *',
      '60 * * * *',
      '0 24 * * *',
      '@reboot',
      '0 0 30 2 *',
      '0 3 * * * 2030',
    ]) {
      assert.match(cronFault(cron) ?? '', /^expected/, cron);
    }
    assert.ok(isTimezone('Europe/Berlin') && !isTimezone('Mars/Olympus') && !isTimezone(''));
    assert.equal(nextDue({ cron: '0 3 * * *', timezone: 'Asia/Kathmandu' }, BEGIN), BEGIN + 21.25 * HOUR);
  });

  test('the hour that a zone leaves out is made up for, the one that it has twice comes once', () => {
    const terms = { cron: '30 2 * * *', timezone: 'Europe/Berlin' };
    const spring = Date.parse('2026-03-28T12:00:00Z');
    const autumn = Date.parse('2026-10-24T12:00:00Z');
    assert.equal(allDue(terms.cron, terms.timezone, spring, spring + 24 * HOUR).length, 1);
    assert.equal(allDue(terms.cron, terms.timezone, autumn, autumn + 24 * HOUR).length, 1);
  });
});

test('overlap: only what is busy is skipped or queued', () => {
  for (const overlap of ['skip', 'queue', 'allow'] as const) assert.equal(overlapVerdict(overlap, 0), 'launch');
  assert.deepEqual(
    (['skip', 'queue', 'allow'] as const).map((overlap) => overlapVerdict(overlap, 2)),
    ['skip', 'queue', 'launch'],
  );
});
