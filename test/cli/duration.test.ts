import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeDuration, readDuration } from '@tenure/client/duration-text';
import { parseDuration, parseWait } from '../../src/cli/duration.js';

test('durations are read with their unit, and joined', () => {
  const read = ['500ms', '30s', '5m', '2h', '1d', '1h30m', '1.5s', '0s'].map(readDuration);
  assert.deepEqual(read, [500, 30_000, 300_000, 7_200_000, 86_400_000, 5_400_000, 1_500, 0]);
});

test('what is no duration is refused with the way to write one', () => {
  for (const text of ['', '5', 's', '-1s', '1 s', '5 minutes', '1e3s', '9999999999999999d']) {
    assert.throws(() => parseDuration(text), /write it like 500ms, 30s, 5m, 2h or 1d/, text);
  }
});

test('a wait may be for ever', () => {
  assert.equal(parseWait('forever'), 'forever');
  assert.equal(parseWait('2s'), 2_000);
});

test('people read the two largest units', () => {
  const told = [0, 999, 4_000, 250_000, 240_000, 3_600_000, 90_061_000].map(describeDuration);
  assert.deepEqual(told, ['<1s', '<1s', '4s', '4m 10s', '4m', '1h', '1d 1h']);
});
