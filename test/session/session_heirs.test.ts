import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isRunning } from '../../src/os/process_facts.js';
import { processesOf } from '../../src/session/stopping/marked_processes.js';
import { until } from '../e2e/until.js';
import { SessionRoom } from './session_room.js';
import { killIfThere } from './shim/running_shim.js';

test('a tool shell keeps the directory when shim and program were killed, and frees it when it ends', async (t) => {
  const room = await SessionRoom.open(t);
  const { sessionId, process: main } = await room.sh('setsid sleep 600 >/dev/null 2>&1 & sleep 601');
  const tool = await until('the tool shell', async () =>
    (await processesOf(sessionId, undefined)).find(({ pid }) => argumentsOf(pid) === 'sleep 600'),
  );
  const { shim } = JSON.parse(readFileSync(join(room.folder, 'sessions', sessionId, 'record.json'), 'utf8'));
  for (const { pid } of [shim, ...(await processesOf(sessionId, main && identity(main)))]) {
    if (pid !== tool.pid) killIfThere(pid);
  }
  await room.wait(sessionId);
  // Long enough for the end of both to be noticed, and for what lives on to be looked for.
  for (let looks = 0; looks < 20; looks += 1) {
    const { outcome } = await room.launch({ command: ['true'] });
    assert.equal(outcome?.$case, 'held', 'the directory is free while a process of the session lives');
  }
  assert.equal((await room.leases.list())[0]?.clientId, sessionId);
  process.kill(tool.pid, 'SIGKILL');
  await until('the end of the tool shell', () => !isRunning(tool.pid, tool.startTicks));
  await until('the directory to be free', async () => (await room.leases.list()).length === 0);
});

function identity({ pid, startTicks }: { readonly pid: number; readonly startTicks: bigint }) {
  return { pid, startTicks: Number(startTicks) };
}

/** Empty where it has ended meanwhile. */
function argumentsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}
