import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isAudited } from '../../src/telemetry/audit_choice_rules.js';
import { countToDrop, isFull, isTooOld, segmentBytes } from '../../src/telemetry/audit_retention_rules.js';
import { eventOf } from './audit_world.js';

test('all is kept but the details of leases that are on no secret', () => {
  const kept = (action: string, level: 'debug' | 'info', metadata: Record<string, string | number> = {}) =>
    isAudited(eventOf({ action, level, metadata }));
  assert.equal(kept('lease.replaced', 'info'), true);
  assert.equal(kept('daemon.started', 'info'), true);
  assert.equal(kept('secret.leased', 'debug'), true);
  assert.equal(kept('lease.acquired', 'debug', { resource: 'secret/token' }), true);
  assert.equal(kept('lease.acquired', 'debug', { resource: 'gpu' }), false);
  assert.equal(kept('lease.acquired', 'debug', { resource: 'secrets/token' }), false);
  assert.equal(kept('lease.acquired', 'debug', { resource: 7 }), false);
  assert.equal(kept('secretary.hired', 'debug'), false);
});

test('of other leases the ends are kept that were held or waited for long enough', () => {
  const kept = (metadata: Record<string, string | number>, fromMs?: number) =>
    isAudited(
      eventOf({ action: 'lease.released', level: 'debug', metadata: { resource: 'gpu', ...metadata } }),
      fromMs,
    );
  assert.equal(kept({ heldMs: 1_000, waitedMs: 0 }), true);
  assert.equal(kept({ heldMs: 999, waitedMs: 0 }), false);
  assert.equal(kept({ heldMs: 3, waitedMs: 1_000 }), true);
  assert.equal(kept({ heldMs: 0, waitedMs: 0 }, 0), true);
  assert.equal(kept({ heldMs: 10 ** 9, waitedMs: 10 ** 9 }, Number.POSITIVE_INFINITY), false);
  // An acquire has no end yet.
  assert.equal(kept({}, 0), false);
});

const limits = fc.record({ maxBytes: fc.integer({ min: 80, max: 1_000 }), maxAgeMs: fc.integer({ min: 8, max: 100 }) });
const segment = fc
  .record({ bytes: fc.integer({ min: 1, max: 300 }), firstMs: fc.nat(200), more: fc.nat(50) })
  .map(({ bytes, firstMs, more }) => ({ bytes, firstMs, newestMs: firstMs + more }));

test('what goes is the oldest, and no more than age and size ask for', () => {
  fc.assert(
    fc.property(
      fc.array(segment, { maxLength: 20 }),
      fc.nat(300),
      limits,
      fc.nat(300),
      (closed, current, limit, now) => {
        const count = countToDrop(closed, current, limit, now);
        const fits = (dropped: number) =>
          closed.slice(dropped).reduce((sum, { bytes }) => sum + bytes, Math.max(current, segmentBytes(limit))) <=
          limit.maxBytes;
        const isYoung = (dropped: number) => closed[dropped] === undefined || !isTooOld(closed[dropped], limit, now);
        // One at a time, from the oldest, for as long as there is a reason.
        let naive = 0;
        while (naive < closed.length && !(fits(naive) && isYoung(naive))) naive += 1;
        assert.equal(count, naive);
      },
    ),
  );
});

test('a segment is full at an eighth of the size, or after an eighth of the age', () => {
  const limit = { maxBytes: 800, maxAgeMs: 80 };
  assert.equal(isFull({ bytes: 90, firstMs: 0 }, 10, limit, 10), false);
  assert.equal(isFull({ bytes: 90, firstMs: 0 }, 11, limit, 10), true);
  assert.equal(isFull({ bytes: 90, firstMs: 0 }, 1, limit, 11), true);
  assert.equal(isFull({ bytes: 90, firstMs: 22 }, 1, limit, 11), true);
  assert.equal(isFull({ bytes: 0, firstMs: 0 }, 500, limit, 1_000), false);
});
