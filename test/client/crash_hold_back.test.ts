import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heldBack } from '@tenure/client';

const NOW_MS = Date.parse('2026-01-01T00:00:00.000Z');
const crashed = { bootId: 'b', crashesInARow: 3, restartNotBefore: '2026-01-01T00:00:10.000Z', stopped: false };

test('a daemon that crashes again and again is held back until its time has come', () => {
  assert.deepEqual(heldBack(crashed, NOW_MS, 'b'), { crashes: 4, untilMs: NOW_MS + 10_000 });
  assert.equal(heldBack(crashed, NOW_MS + 10_000, 'b'), undefined);
});

test('nothing holds back one that was stopped, of another boot, or without a record', () => {
  assert.equal(heldBack({ ...crashed, stopped: true }, NOW_MS, 'b'), undefined);
  assert.equal(heldBack(crashed, NOW_MS, 'another boot'), undefined);
  assert.equal(heldBack(undefined, NOW_MS, 'b'), undefined);
  assert.equal(heldBack({ bootId: 'b' }, NOW_MS, 'b'), undefined);
});

test('a clock that was set back, or a text that is no time, holds nothing back for long', () => {
  assert.equal(heldBack({ ...crashed, restartNotBefore: '2027-01-01T00:00:00Z' }, NOW_MS, 'b'), undefined);
  assert.equal(heldBack({ ...crashed, restartNotBefore: 'soon' }, NOW_MS, 'b'), undefined);
});
