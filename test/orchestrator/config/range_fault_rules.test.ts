import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { completeTask } from '../../../src/orchestrator/config/complete_task_rules.js';
import { LONGEST_MS, rangeFaults } from '../../../src/orchestrator/config/range_fault_rules.js';
import type { TaskOptions } from '../../../src/orchestrator/config/task_options.js';

const base: TaskOptions = { name: 'a', command: ['x'], lease: 'r' };

const PLACES: readonly (readonly [keyof TaskOptions, (milliseconds: number) => Partial<TaskOptions>])[] = [
  ['everyMs', (everyMs) => ({ everyMs })],
  ['timeoutMs', (timeoutMs) => ({ timeoutMs })],
  ['killAfterMs', (killAfterMs) => ({ killAfterMs })],
  ['starveAfterMs', (starveAfterMs) => ({ starveAfterMs })],
  ['wait', (wait) => ({ wait })],
  ['retries', (delayMs) => ({ retries: { max: 1, delayMs } })],
  ['retries', (maxDelayMs) => ({ retries: { max: 1, maxDelayMs } })],
  ['restart', (cooldownMs) => ({ restart: { cooldownMs } })],
  ['restart', (maxCooldownMs) => ({ restart: { maxCooldownMs } })],
  ['restart', (stableMs) => ({ restart: { stableMs } })],
  ['liveness', (everyMs) => ({ liveness: { everyMs } })],
  ['liveness', (timeoutMs) => ({ liveness: { timeoutMs } })],
];

test('a duration that no clock can keep is told at its key; one in range is not', () => {
  const wrong = fc.oneof(
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1),
    fc.double({ min: LONGEST_MS, minExcluded: true, noNaN: true }),
    fc.double({ max: -Number.MIN_VALUE, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...PLACES), wrong, fc.integer({ min: 1, max: LONGEST_MS }), ([key, at], bad, good) => {
      assert.deepEqual(
        rangeFaults({ ...base, ...at(bad) }).map((fault) => fault.key),
        [key],
      );
      assert.deepEqual(rangeFaults({ ...base, ...at(good) }), []);
    }),
  );
  assert.equal(rangeFaults({ ...base, everyMs: 0 }).length, 1, 'it would run without an end');
  assert.deepEqual(rangeFaults({ ...base, wait: 'forever', killAfterMs: 0, starveAfterMs: 0 }), []);
});

test('a number that is no count, and a text that the daemon would refuse, are told at their keys', () => {
  const faulty: readonly (readonly [keyof TaskOptions, Partial<TaskOptions>])[] = [
    ['priority', { priority: 101 }],
    ['priority', { priority: 0.5 }],
    ['retries', { retries: { max: -1 } }],
    ['liveness', { liveness: { failures: 0 } }],
    ['lease', { lease: '' }],
    ['lease', { lease: [] }],
    ['lease', { lease: ['a', 'b\nc'] }],
    ['lease', { lease: Array.from({ length: 65 }, (_, at) => `r${at}`) }],
    ['description', { description: 'ä'.repeat(129) }],
  ];
  for (const [key, part] of faulty) {
    assert.deepEqual(
      rangeFaults({ ...base, ...part }).map((fault) => fault.key),
      [key],
    );
  }
  assert.deepEqual(rangeFaults({ ...base, priority: -100, description: 'ä'.repeat(128) }), []);
});

test('a description of several lines is one', () => {
  assert.equal(completeTask({ ...base, description: 'one\n  two\n' }).description, 'one two');
});
