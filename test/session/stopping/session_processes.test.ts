import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { systemClock } from '../../../src/os/clock.js';
import { isRunning, readStartTicks } from '../../../src/os/process_facts.js';
import { SessionProcesses } from '../../../src/session/stopping/session_processes.js';
import { launchRecord } from '../launched/launch_records.js';

test('process 1 of a container is asked to end though its environment can not be read, as with rootless podman', async (t) => {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const processOne = { pid, startTicks: readStartTicks(pid) ?? 0 };
  const ended = once(child, 'exit');
  const processes = new SessionProcesses(launchRecord(), {
    processWatch: {
      isAlive: (one) => isRunning(one.pid, one.startTicks),
      signal: (one, signal) => process.kill(one.pid, signal),
    },
    clock: systemClock,
    bootId: launchRecord().bootId,
    container: { processOne, hearsTerm: (one) => one.pid === pid },
    closing: new AbortController().signal,
  });
  assert.equal(await processes.end(() => Number.POSITIVE_INFINITY), 1);
  assert.deepEqual(await ended, [null, 'SIGTERM']);
});
