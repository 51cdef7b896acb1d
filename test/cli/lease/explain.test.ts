import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeBlocks } from '../../../src/cli/lease/explain_text.js';

const QUEUE = Array.from({ length: 20 }, (_, index) => ({ waiterId: `w${index}` }));
const waiters = (count: number) => QUEUE.slice(0, count).map(({ waiterId }) => waiterId);

test('a waiter is told behind which lease it is, and how many wait before it', () => {
  assert.equal(describeBlocks([], QUEUE), '');
  assert.equal(describeBlocks(['l1'], QUEUE), 'behind l1');
  assert.equal(describeBlocks(['l1', ...waiters(1)], QUEUE), 'behind l1 and w0');
  assert.equal(describeBlocks(['l1', ...waiters(17)], QUEUE), 'behind l1 and 17 waiters');
  assert.equal(describeBlocks(['l1', 'l2', ...waiters(2)], QUEUE), 'behind l1, l2 and 2 waiters');
  assert.equal(describeBlocks(waiters(3), QUEUE), 'behind 3 waiters');
});
