import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TenureError } from '@tenure/client';
import { Readiness } from '../../clients/typescript/src/readiness.js';

const RECONCILING = new TenureError('RECONCILING', 'being taken up', { code: 14 });

test('a daemon that stays unready is told of once, and given up in the end', () => {
  let nowMs = 1_000;
  const told: number[] = [];
  const readiness = new Readiness(
    () => void told.push(nowMs),
    () => nowMs,
  );
  let tries = 0;
  while (!readiness.failed(RECONCILING)) {
    tries += 1;
    nowMs += 250;
  }
  assert.deepEqual(told, [3_000]);
  assert.equal(nowMs, 46_000);
  assert.equal(tries, 180);
});

test('one that went away meanwhile has its whole time again', () => {
  let nowMs = 0;
  const readiness = new Readiness(undefined, () => nowMs);
  assert.equal(readiness.failed(RECONCILING), false);
  nowMs = 44_000;
  assert.equal(readiness.failed(new TenureError('SHUTTING_DOWN', 'on its way out', { code: 14 })), false);
  assert.equal(readiness.failed(RECONCILING), false);
  nowMs = 88_000;
  assert.equal(readiness.failed(RECONCILING), false);
  nowMs = 89_000;
  assert.equal(readiness.failed(RECONCILING), true);
});
