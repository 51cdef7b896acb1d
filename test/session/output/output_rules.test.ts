import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { oldestOf, segmentAt, segmentsOf } from '../../../src/session/output/output_rules.js';

test('segments are found by their names, in the order of their offsets', () => {
  const offsets = fc.uniqueArray(fc.nat(1e15 - 1), { maxLength: 20 });
  fc.assert(
    fc.property(offsets, (given) => {
      const names = given.map((offset) => `out.${String(offset).padStart(15, '0')}`);
      const segments = segmentsOf('out', ['exit', 'out.', 'out.x', 'err.000000000000007', 'pid', ...names, '.exit']);
      assert.deepEqual(
        segments.map(({ offset }) => offset),
        given.toSorted((one, other) => one - other),
      );
      assert.ok(segments.every(({ name }) => names.includes(name)));
    }),
  );
});

test('an offset belongs to the last segment that begins at or before it', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(100), { maxLength: 10 }), fc.nat(120), (given, offset) => {
      const segments = segmentsOf(
        'out',
        given.map((each) => `out.${each}`),
      );
      const expected = Math.max(-1, ...given.filter((each) => each <= offset));
      assert.equal(segmentAt(segments, offset)?.offset ?? -1, expected);
      assert.equal(oldestOf(segments), given.length === 0 ? 0 : Math.min(...given));
    }),
  );
});
