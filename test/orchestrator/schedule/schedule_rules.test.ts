import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  comingDues,
  cronFault,
  dueAfterSetBack,
  firstDue,
  nextDue,
  type Schedule,
  timeZoneFault,
} from '../../../src/orchestrator/schedule/schedule_rules.js';
import { describeSchedule } from '../../../src/orchestrator/schedule/schedule_text.js';

const moment = fc.integer({ min: 0, max: 4e12 });
const every = fc
  .integer({ min: 1, max: 1e9 })
  .map((everyMs) => ({ kind: 'every', everyMs }) as const satisfies Schedule);

describe('every', () => {
  test('the next time is later than now, on the grid of the last one, and less than a period away', () => {
    fc.assert(
      fc.property(every, moment, fc.integer({ min: 0, max: 1e11 }), (schedule, due, late) => {
        const now = due + late;
        const next = nextDue(schedule, due, now) ?? 0;
        assert.ok(next > now);
        assert.ok(next <= now + schedule.everyMs);
        assert.equal((next - due) % schedule.everyMs, 0);
      }),
    );
  });

  test('a clock that is set back by any time stops no task', () => {
    fc.assert(
      fc.property(every, moment, moment, (schedule, due, now) => {
        const next = dueAfterSetBack(schedule, due, now, 1) ?? 0;
        assert.ok(next <= due && next <= now + schedule.everyMs);
        assert.ok(next === due || next > now);
      }),
    );
  });

  test('it begins at once, and after a restart when a period has passed since it last began', () => {
    fc.assert(
      fc.property(every, moment, moment, (schedule, now, lastStart) => {
        assert.equal(firstDue(schedule, now, undefined), now);
        const first = firstDue(schedule, now, lastStart) ?? 0;
        assert.ok(first >= now && first <= now + schedule.everyMs);
        if (lastStart + schedule.everyMs <= now) assert.equal(first, now);
      }),
    );
  });

  test('ten missed times are one', () => {
    const schedule: Schedule = { kind: 'every', everyMs: 60_000 };
    assert.equal(nextDue(schedule, 0, 600_000), 660_000);
    assert.deepEqual(comingDues(schedule, 5, 3), [5, 60_005, 120_005]);
  });
});

describe('cron', () => {
  const at = (text: string) => Date.parse(text);
  const nightly = (timeZone: string, catchUp = false): Schedule => ({
    kind: 'cron',
    pattern: '30 2 * * *',
    timeZone,
    catchUp,
  });

  test('the time zone is the pattern’s, whatever the machine’s', () => {
    assert.equal(firstDue(nightly('Europe/Berlin'), at('2026-07-01T00:00:00Z'), undefined), at('2026-07-01T00:30:00Z'));
    assert.equal(firstDue(nightly('Asia/Tokyo'), at('2026-07-01T00:00:00Z'), undefined), at('2026-07-01T17:30:00Z'));
  });

  test('a time that a change of the clocks leaves out or doubles comes once that day', () => {
    const berlin = nightly('Europe/Berlin');
    const days = comingDues(berlin, firstDue(berlin, at('2026-03-27T12:00:00Z'), undefined), 4);
    const hours = days.map((due) => new Date(due).toISOString().slice(0, 10));
    assert.equal(new Set(hours).size, 4, hours.join(' '));
    const autumn = comingDues(berlin, firstDue(berlin, at('2026-10-24T12:00:00Z'), undefined), 3);
    assert.equal(new Set(autumn.map((due) => new Date(due).toISOString().slice(0, 10))).size, 3);
  });

  test('each time is later than the one before, over years', () => {
    const pattern = fc.constantFrom('*/5 * * * *', '0 0 29 2 *', '15 3 * * 1-5', '*/10 * * * * *', '0 12 1 1 *');
    fc.assert(
      fc.property(pattern, moment, (text, now) => {
        const schedule: Schedule = { kind: 'cron', pattern: text, timeZone: 'UTC', catchUp: false };
        const first = firstDue(schedule, now, undefined) ?? 0;
        assert.ok(first > now);
        assert.ok((nextDue(schedule, first, first) ?? 0) > first);
      }),
      { numRuns: 50 },
    );
  });

  test('a missed time is made up for only where that is asked for, and once', () => {
    const now = at('2026-07-03T12:00:00Z');
    const lastStart = at('2026-07-01T02:30:00Z');
    assert.equal(firstDue(nightly('UTC'), now, lastStart), at('2026-07-04T02:30:00Z'));
    assert.equal(firstDue(nightly('UTC', true), now, lastStart), now);
    assert.equal(nextDue(nightly('UTC', true), now, now), at('2026-07-04T02:30:00Z'));
    assert.equal(firstDue(nightly('UTC', true), now, at('2026-07-03T02:30:00Z')), at('2026-07-04T02:30:00Z'));
  });

  test('a wrong pattern or zone is told, and so is a time that never comes', () => {
    assert.equal(cronFault('0 3 * * *'), undefined);
    assert.match(cronFault('61 * * * *') ?? '', /is no cron pattern/);
    assert.match(cronFault('0 3 * *') ?? '', /is no cron pattern/);
    assert.match(cronFault('0 0 31 2 *') ?? '', /never comes/);
    assert.equal(timeZoneFault('Europe/Berlin'), undefined);
    assert.match(timeZoneFault('Europe/Berlinn') ?? '', /^is no time zone \(Europe\/Berlinn\); write one such as/);
  });
});

test('a schedule is told as it is, also one of less than a second', () => {
  const every = (everyMs: number) => describeSchedule({ kind: 'every', everyMs });
  assert.deepEqual([every(500), every(1_500), every(90_000)], ['every 500ms', 'every 1500ms', 'every 1m 30s']);
});

test('what comes after others, or by trigger, is never due', () => {
  for (const schedule of [{ kind: 'after', tasks: ['a'] }, { kind: 'manual' }] as const) {
    assert.equal(firstDue(schedule, 1, undefined), undefined);
    assert.equal(nextDue(schedule, 1, 2), undefined);
  }
});
