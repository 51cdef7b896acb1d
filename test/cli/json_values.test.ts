import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeaseEventType, LeaseMode } from '@tenure/client';
import { durationJson, enumWord, optional, timestampJson } from '../../src/cli/json_values.js';

test('durations are proto3 JSON: no fraction, or three, six or nine digits', () => {
  const written = [
    { seconds: 60n, nanos: 0 },
    { seconds: 0n, nanos: 250_000_000 },
    { seconds: 1n, nanos: 1_000 },
    { seconds: 1n, nanos: 1 },
    { seconds: 0n, nanos: -500_000_000 },
    { seconds: -3n, nanos: 0 },
  ].map(durationJson);
  assert.deepEqual(written, ['60s', '0.250s', '1.000001s', '1.000000001s', '-0.500s', '-3s']);
});

test('timestamps are RFC 3339 in UTC and keep their nanoseconds', () => {
  assert.equal(timestampJson({ seconds: 1_754_822_400n, nanos: 0 }), '2025-08-10T10:40:00Z');
  assert.equal(timestampJson({ seconds: 1_754_822_400n, nanos: 120_000_000 }), '2025-08-10T10:40:00.120Z');
  assert.equal(timestampJson({ seconds: 1_754_822_400n, nanos: 1 }), '2025-08-10T10:40:00.000000001Z');
});

test('enums are lower-case words with hyphens, and unknown ones their number', () => {
  assert.equal(enumWord(LeaseMode, LeaseMode.EXCLUSIVE), 'exclusive');
  assert.equal(enumWord(LeaseEventType, LeaseEventType.HOLDER_GONE), 'holder-gone');
  assert.equal(enumWord(LeaseMode, 99), '99');
});

test('an unset field is left out, a nought is not', () => {
  assert.deepEqual(optional('ttl', undefined, String), {});
  assert.deepEqual(optional('ttl', 0, String), { ttl: '0' });
});
