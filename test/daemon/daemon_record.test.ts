import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  type DaemonRecord,
  lastExitOf,
  nextRecord,
  parseRecord,
  settledRecord,
} from '../../src/daemon/daemon_record.js';

const run = {
  stateDir: '/s',
  socketPath: '/s/t.sock',
  pid: 7,
  startTicks: 9,
  bootId: 'this boot',
  version: '1',
  startTime: '2026-01-01T00:00:00.000Z',
};

function after(previous: Partial<DaemonRecord>): DaemonRecord {
  return { ...nextRecord(undefined, run), ...previous };
}

describe('the record of the run before', () => {
  test('says how that run ended', () => {
    assert.equal(lastExitOf(undefined, 'this boot'), 'none');
    assert.equal(lastExitOf(after({ stopped: true }), 'other boot'), 'clean');
    assert.equal(lastExitOf(after({}), 'this boot'), 'crashed');
    assert.equal(lastExitOf(after({}), 'other boot'), 'rebooted');
  });

  test('counts starts, and crashes until a run ends otherwise', () => {
    const crashed = nextRecord(after({ startCount: 4, crashesInARow: 1 }), run);
    assert.deepEqual([crashed.startCount, crashed.crashesInARow], [5, 2]);
    const clean = nextRecord({ ...crashed, stopped: true }, run);
    assert.deepEqual([clean.startCount, clean.crashesInARow], [6, 0]);
    const rebooted = nextRecord(crashed, { ...run, bootId: 'other boot' });
    assert.deepEqual([rebooted.startCount, rebooted.crashesInARow], [6, 0]);
  });

  test('a run that settled is no part of a row of crashes', () => {
    const settled = settledRecord(after({ crashesInARow: 6 }));
    assert.equal(settled.restartNotBefore, '');
    assert.equal(nextRecord(settled, run).crashesInARow, 1);
  });

  test('the more crashes in a row, the later clients start the next run, within bounds', () => {
    const waits = [undefined, 0, 1, 2, 3, 4, 30].map((crashesInARow) => {
      const next = nextRecord(crashesInARow === undefined ? undefined : after({ crashesInARow }), run);
      return next.restartNotBefore === '' ? 0 : (Date.parse(next.restartNotBefore) - Date.parse(run.startTime)) / 1_000;
    });
    assert.deepEqual(waits, [0, 0, 5, 10, 20, 40, 300]);
    const clean = nextRecord(after({ crashesInARow: 9, stopped: true }), run);
    assert.deepEqual([clean.crashesInARow, clean.restartNotBefore], [0, '']);
  });

  test('is what was written, whatever it is', () => {
    const count = fc.nat();
    const fields = {
      stateDir: fc.string(),
      socketPath: fc.string(),
      bootId: fc.string(),
      version: fc.string(),
      startTime: fc.string(),
      pid: count,
      startTicks: count,
      startCount: count,
      crashesInARow: count,
      settled: fc.boolean(),
      restartNotBefore: fc.string(),
      stopped: fc.boolean(),
    };
    const record = fc.record<DaemonRecord>(fields, { noNullPrototype: true });
    fc.assert(fc.property(record, (value) => assert.deepEqual(parseRecord(JSON.stringify(value)), value)));
  });

  test('torn, foreign, or but a pointer: there is none', () => {
    const whole = JSON.stringify(after({}));
    for (const text of ['', 'null', '7', '{}', '{"stateDir":"/s"}', whole.slice(0, -9), whole.replace('7', '-7')]) {
      assert.equal(parseRecord(text), undefined, text);
    }
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => assert.equal(parseRecord(text), undefined)));
  });
});
