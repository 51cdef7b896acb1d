import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WaitingProcesses } from '../../src/session/waiting_processes.js';

const identity = (pid: number) => ({ pid, startTicks: 7 });

/** 1 and 2 each wait for a podman, 2 and 3; 3 for the runtime, 4; and 5 for nobody here. */
const COMMANDS = new Map([
  [1, 'sh'],
  [2, 'podman'],
  [3, 'podman'],
  [4, 'runc'],
  [5, 'podman'],
]);

test('who waits for a podman is not asked to end before it, nor in the moment after it', () => {
  const waiting = new WaitingProcesses((pid) => ({
    parentPid: pid === 5 ? 99 : pid - 1,
    command: COMMANDS.get(pid) ?? '',
  }));
  const asked = (pids: readonly number[], nowMs: number): number[] =>
    waiting.without(pids.map(identity), nowMs).map(({ pid }) => pid);
  assert.deepEqual(asked([1, 2, 3, 4, 5], 0), [3, 4, 5]);
  assert.deepEqual(asked([1, 2], 50), []);
  assert.deepEqual(asked([1, 2], 999), []);
  // It goes on without that one: it does not end by itself.
  assert.deepEqual(asked([1, 2], 1_000), [2]);
  assert.deepEqual(asked([1], 1_050), []);
  assert.deepEqual(asked([1], 2_000), [1]);
});

test('a later process with the pid of one that waited is another', () => {
  const waiting = new WaitingProcesses((pid) => ({ parentPid: pid === 2 ? 1 : 0, command: 'podman' }));
  waiting.without([1, 2].map(identity), 0);
  const later = { pid: 1, startTicks: 8 };
  assert.deepEqual(waiting.without([later], 10), [later]);
});
