import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  childEnvironment,
  durationFromMillis,
  durationToMillis,
  LEASES_VARIABLE,
  parseInheritTokens,
  resourceName,
  timestampToDate,
} from '@tenure/client';
import fc from 'fast-check';
import { firstSentAt, mayRenew, renewAt, safeUntil } from '../../clients/typescript/src/renewal_rules.js';

test('a duration comes back as it was, to the microsecond', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e12, max: 1e12 }), (micros) => {
      const duration = durationFromMillis(micros / 1_000);
      assert.ok(Math.abs(durationToMillis(duration) - micros / 1_000) < 0.001);
      assert.ok(Math.abs(duration.nanos) < 1e9);
      // The contract wants both parts of one sign.
      assert.ok(duration.nanos === 0 || duration.seconds === 0n || duration.nanos > 0 === duration.seconds > 0n);
    }),
  );
  assert.throws(() => durationFromMillis(Number.NaN), RangeError);
  assert.throws(() => durationFromMillis(Number.POSITIVE_INFINITY), RangeError);
  assert.equal(timestampToDate({ seconds: 1_700_000_000n, nanos: 999_999_999 }).getTime(), 1_700_000_000_999);
});

test('tokens come through the environment whole, each once, nearest first, at most 256', () => {
  assert.deepEqual(parseInheritTokens(undefined), []);
  assert.deepEqual(parseInheritTokens(' a, ,b,a,'), ['a', 'b']);
  assert.deepEqual(childEnvironment([], { PATH: '/bin' }), { PATH: '/bin' });
  assert.deepEqual(childEnvironment(['new', 'old'], { [LEASES_VARIABLE]: 'old,older' }), {
    [LEASES_VARIABLE]: 'new,old,older',
  });
  const many = Array.from({ length: 300 }, (_, index) => `t${index}`);
  const kept = parseInheritTokens(childEnvironment(['mine'], { [LEASES_VARIABLE]: many.join(',') })[LEASES_VARIABLE]);
  assert.equal(kept.length, 256);
  assert.equal(kept[0], 'mine');
  const base = { [LEASES_VARIABLE]: 'a' };
  childEnvironment(['b'], base);
  assert.deepEqual(base, { [LEASES_VARIABLE]: 'a' });
});

test('every path gives a name that the daemon takes, and different paths different names', () => {
  const segment = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((text) => !text.includes('/'));
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 80 }), segment, (segments, other) => {
      const path = `/${segments.join('/')}`;
      const name = resourceName(path);
      const bytes = Buffer.byteLength(name);
      assert.ok(bytes > 0 && bytes <= 1_024, `${bytes} bytes`);
      assert.equal(Buffer.from(name).toString(), name);
      assert.equal(resourceName(`${path}//`), name);
      if (Buffer.byteLength(path) <= 1_024) {
        assert.equal(name, path.slice(1));
      }
      assert.notEqual(resourceName(`${path}/${other}`), name);
    }),
  );
});

const timing = fc.record({
  sentAt: fc.double({ min: 0, max: 1e9, noNaN: true }),
  ttlMs: fc.integer({ min: 1, max: 86_400_000 }),
  grantedMs: fc.integer({ min: 1, max: 86_400_000 }),
});

test('a lease is never believed in longer than the daemon grants it', () => {
  fc.assert(
    fc.property(timing, (lease) => {
      assert.ok(safeUntil(lease) < lease.sentAt + lease.ttlMs);
      assert.ok(safeUntil(lease) < lease.sentAt + lease.grantedMs);
    }),
  );
});

test('two renewals may fail before a lease is in jeopardy', () => {
  fc.assert(
    fc.property(timing, ({ sentAt, ttlMs }) => {
      const due = renewAt({ sentAt, ttlMs });
      assert.ok(due + ttlMs / 3 < safeUntil({ sentAt, ttlMs, grantedMs: ttlMs }));
      assert.ok(mayRenew({ sentAt, ttlMs }, due));
      assert.ok(!mayRenew({ sentAt, ttlMs }, sentAt));
    }),
  );
});

test('a grant after a long wait counts from its answer, and is renewed at once', () => {
  assert.equal(firstSentAt(1_000, 1_010, 600), 1_000);
  const sentAt = firstSentAt(1_000, 50_000, 600);
  assert.equal(sentAt, 49_800);
  assert.ok(mayRenew({ sentAt, ttlMs: 600 }, 50_000));
  assert.ok(safeUntil({ sentAt, ttlMs: 600, grantedMs: 600 }) > 50_000);
});
