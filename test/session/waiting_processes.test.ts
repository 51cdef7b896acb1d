import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WaitingProcesses } from '../../src/session/waiting_processes.js';

/** Processes 1 to 4: 2 is a child of 1, 3 of 2, 4 of nobody here. */
const ALL = [1, 2, 3, 4].map((pid) => ({ pid, startTicks: 7 }));
const parentOf = (pid: number): number | undefined => (pid === 4 ? 99 : pid - 1);

test('who waits for another is not asked to end before that one, nor in the moment after it', () => {
  const waiting = new WaitingProcesses(parentOf);
  const asked = (living: readonly number[], nowMs: number): number[] =>
    waiting
      .without(
        ALL.filter(({ pid }) => living.includes(pid)),
        nowMs,
      )
      .map(({ pid }) => pid);
  assert.deepEqual(asked([1, 2, 3, 4], 0), [3, 4]);
  assert.deepEqual(asked([1, 2], 50), []);
  assert.deepEqual(asked([1, 2], 999), []);
  // It goes on without that one: it does not end by itself.
  assert.deepEqual(asked([1, 2], 1_000), [2]);
  assert.deepEqual(asked([1], 1_050), []);
  assert.deepEqual(asked([1], 2_000), [1]);
});

test('a later process with the pid of one that waited is another', () => {
  const waiting = new WaitingProcesses((pid) => (pid === 2 ? 1 : 0));
  waiting.without(
    [ALL[0], ALL[1]].filter((one) => one !== undefined),
    0,
  );
  assert.deepEqual(waiting.without([{ pid: 1, startTicks: 8 }], 10), [{ pid: 1, startTicks: 8 }]);
});
