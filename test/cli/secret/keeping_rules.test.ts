import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeaseEnd } from '@tenure/client';
import fc from 'fast-check';
import { leaseAnewPauseMs, meaningOfEnd, renewalPauseMs, retryPauseMs } from '../../../src/cli/secret/keeping_rules.js';

test('a renewal and two more tries fit into a TTL, and timers reach', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 366 * 86_400_000 }), (ttlMs) => {
      assert.ok(renewalPauseMs(ttlMs) < ttlMs / 2);
      assert.ok(leaseAnewPauseMs(ttlMs) < renewalPauseMs(ttlMs) || ttlMs > 86_400_000);
      assert.ok(Math.max(renewalPauseMs(ttlMs), leaseAnewPauseMs(ttlMs)) < 2 ** 31);
      assert.ok(retryPauseMs(ttlMs) >= 50 && retryPauseMs(ttlMs) <= 5_000);
    }),
  );
});

test('a revocation is a loss wherever the lease went; what else ends a newer run’s lease is none', () => {
  const ends = Object.values(LeaseEnd).filter((end) => end !== LeaseEnd.REPLACED);
  assert.equal(meaningOfEnd(LeaseEnd.REPLACED, true), 'followed');
  assert.equal(meaningOfEnd(LeaseEnd.REPLACED, false), 'followed');
  for (const end of ends) {
    assert.equal(meaningOfEnd(end, true), end === LeaseEnd.RELEASED ? 'over' : 'lost');
    assert.equal(meaningOfEnd(end, false), end === LeaseEnd.REVOKED ? 'lost' : 'over');
  }
});
