import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  byTime,
  concerns,
  isDue,
  isFreeEvent,
  type StoredFuse,
  untilNextLookMs,
} from '../../../src/session/fuses/fuse_rules.js';

const LIMIT_OF_TIMERS = 2 ** 31 - 1;

const moment = fc.integer({ min: 0, max: 8_000_000_000_000 });

const fuse: fc.Arbitrary<StoredFuse> = fc.record({
  fuseId: fc.stringMatching(/^f[a-z2-7]{12}$/),
  sessionId: fc.constantFrom('', 's1', 's2'),
  directory: fc.constantFrom('', '/a', '/a/b'),
  deed: fc.constant({ kind: 'exec', command: 'true' } as const),
  fireWallMs: moment,
  setWallMs: moment,
  label: fc.constant(''),
});

describe('the next look', () => {
  test('comes when the next fuse is due, and within a minute, whatever the clock says', () => {
    fc.assert(
      fc.property(fc.array(fuse, { minLength: 1 }), moment, fc.boolean(), (fuses, nowMs, waits) => {
        const wait = untilNextLookMs(fuses, nowMs, () => waits);
        assert.ok(wait !== undefined && wait >= 1 && wait <= 60_000 && wait < LIMIT_OF_TIMERS, `${wait} ms`);
        const next = fuses.filter((one) => !isDue(one, nowMs)).sort(byTime)[0];
        const overlooked = !waits && fuses.some((one) => isDue(one, nowMs));
        if (overlooked) assert.equal(wait, 1, 'what has become due since the last look goes off now');
        if (next !== undefined) assert.ok(nowMs + wait <= Math.max(next.fireWallMs, nowMs + 1), 'it comes too late');
      }),
    );
  });

  test('is none where there is no fuse', () => {
    assert.equal(
      untilNextLookMs([], 5, () => false),
      undefined,
    );
  });
});

test('fuses have one order, whatever order they come in', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fuse, { selector: ({ fuseId }) => fuseId }), (fuses) => {
      const sorted = [...fuses].sort(byTime);
      assert.deepEqual([...fuses].reverse().sort(byTime), sorted);
      for (const [index, one] of sorted.entries()) {
        const next = sorted[index + 1];
        if (next !== undefined) assert.ok(one.fireWallMs <= next.fireWallMs);
      }
    }),
  );
});

test('a list of a session, of a directory, of both, of all', () => {
  fc.assert(
    fc.property(fuse, fc.constantFrom('', 's1', 's2'), fc.constantFrom('', '/a', '/a/b'), (one, session, directory) => {
      const ofSession = session === '' || session === one.sessionId;
      const ofDirectory = directory === '' || directory === one.directory;
      assert.equal(concerns(one, session, directory), ofSession && ofDirectory);
    }),
  );
});

test('only names below fuse, and none of the daemon’s own, are free', () => {
  for (const name of ['fuse.reminder', 'fuse.a.b.c', 'fuse.lunch_2']) assert.ok(isFreeEvent(name), name);
  const others = [
    '',
    'fuse',
    'fuse.',
    'fuse.fired',
    'fuse.cancelled',
    'lease.acquired',
    'fuse.A',
    'fuse.a b',
    'fuse.a\n',
  ];
  for (const name of [...others, 'xfuse.a', 'fuse..a', 'fuse.a.b.c.d']) assert.ok(!isFreeEvent(name), name);
});
