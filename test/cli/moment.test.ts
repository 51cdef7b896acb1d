import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMoment, readMoment, timestampOf } from '../../src/cli/moment.js';

const NOW = new Date(2026, 4, 2, 12, 0, 0).getTime();

test('a moment is how long ago, or a time; without an offset it is local', () => {
  assert.equal(readMoment('1h30m', NOW), NOW - 5_400_000);
  assert.equal(readMoment('2026-05-02', NOW), new Date(2026, 4, 2).getTime());
  assert.equal(readMoment('2026-05-02T12:00', NOW), NOW);
  assert.equal(readMoment('2026-05-02T12:00:00.250', NOW), NOW + 250);
  assert.equal(readMoment('2026-05-02T12:00:00Z', NOW), Date.UTC(2026, 4, 2, 12));
  assert.equal(readMoment('2026-05-02T12:00+02:00', NOW), Date.UTC(2026, 4, 2, 10));
});

test('what is no moment is refused with the way to write one', () => {
  for (const text of ['', 'yesterday', '-1h', '1', '2026', '2026-13-01', '2026-05-02 12:00', '12:00']) {
    assert.throws(() => parseMoment(text), /is no moment; write how long ago, like 1h, or a time/, text);
  }
});

test('a moment goes over the wire as it is, before 1970, too', () => {
  assert.deepEqual(timestampOf(1_500), { seconds: 1n, nanos: 500_000_000 });
  assert.deepEqual(timestampOf(-1), { seconds: -1n, nanos: 999_000_000 });
});
