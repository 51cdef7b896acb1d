import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeaseEnd } from '@tenure/client/gen/tenure/lease/v1/lease';
import fc from 'fast-check';
import {
  failedAgain,
  isIrrevocable,
  newRevocation,
  retryWaitMs,
  untilNextTryMs,
} from '../../../src/secret/revocation/revocation_rules.js';

const HOUR_MS = 3_600_000;
const attempts = fc.integer({ min: 1, max: 100_000 });
const chance = fc.double({ min: 0, max: 1, noNaN: true });
const LEASE = { leaseId: 'l1', resource: 'secret/a', clientId: 'c1', end: LeaseEnd.REVOKED, replacedBy: undefined };

test('waits are one second at first, twice as long each time, and an hour in the end', () => {
  const waits = [1, 2, 3, 4, 11, 12, 13, 14, 5_000].map((tries) => retryWaitMs(tries, 0.5));
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 1_024_000, 2_048_000, HOUR_MS, HOUR_MS, HOUR_MS]);
});

test('a wait scatters by a fifth at most, and never shrinks but by chance', () => {
  fc.assert(
    fc.property(attempts, chance, (tries, luck) => {
      const middle = retryWaitMs(tries, 0.5);
      const wait = retryWaitMs(tries, luck);
      assert.ok(Number.isSafeInteger(wait));
      assert.ok(wait >= middle * 0.8 - 1 && wait <= middle * 1.2 + 1, `${wait} for ${middle}`);
      assert.ok(wait <= HOUR_MS * 1.2);
      assert.ok(retryWaitMs(tries + 1, luck) >= wait);
    }),
  );
});

test('a lease is irrevocable from the sixth failure on', () => {
  fc.assert(fc.property(fc.nat(100), (tries) => assert.equal(isIrrevocable(tries), tries > 5)));
});

test('a failure counts, is kept, and puts the next try off; the rest stays', () => {
  fc.assert(
    fc.property(fc.nat(50), chance, fc.nat(), (earlier, luck, nowMs) => {
      const before = { ...newRevocation(LEASE, 'a', 'tell-them', 1_000), attempts: earlier };
      const after = failedAgain(before, 'died of SIGKILL', nowMs, luck);
      assert.deepEqual(after, {
        ...before,
        attempts: earlier + 1,
        nextAttemptWallMs: nowMs + retryWaitMs(earlier + 1, luck),
        lastFailure: 'died of SIGKILL',
      });
    }),
  );
});

test('whatever was done to the clock, the next try is neither in the past nor further away than the longest wait', () => {
  const clock = fc.integer({ min: 0, max: 4e12 });
  fc.assert(
    fc.property(clock, clock, (nextAttemptWallMs, nowMs) => {
      const wait = untilNextTryMs({ ...newRevocation(LEASE, 'a', 'x', 0), nextAttemptWallMs }, nowMs);
      assert.ok(wait >= 0 && wait <= HOUR_MS * 1.2);
      if (nextAttemptWallMs <= nowMs) assert.equal(wait, 0);
      else if (nextAttemptWallMs - nowMs <= HOUR_MS) assert.equal(wait, nextAttemptWallMs - nowMs);
    }),
  );
});
