import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '../../../src/rpc/refusal.js';
import type { FoundSession } from '../../../src/session/agents/agent_program.js';
import { identityOf, start } from '../../os/child_process.js';
import { fakeAdapter, foundSession } from '../fake_adapters.js';
import { SessionRoom } from '../session_room.js';

test('a found session is not stopped while its process serves another, and is once it has it for itself', async (t) => {
  const child = start(t, 'sleep', ['600']);
  const server = identityOf(child.pid);
  const one = foundSession({ nativeId: 'one', process: server });
  let found: readonly FoundSession[] = [one, foundSession({ nativeId: 'two', process: server, state: 'idle' })];
  const room = await SessionRoom.open(t, { adapters: [fakeAdapter('agent', async () => found)] });
  await assert.rejects(room.stop('agent:one'), (error) => {
    assert.ok(error instanceof Refusal);
    assert.equal(error.reason, 'NOT_SUPPORTED');
    assert.match(error.message, /shares its process with agent:two/);
    return true;
  });
  assert.equal(child.exitCode ?? child.signalCode, null);

  found = [one, foundSession({ nativeId: 'part', process: server, parentNativeId: 'one' })];
  const ended = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
  assert.equal((await room.stop('agent:one')).endedProcesses, 1);
  assert.equal(await ended, 'SIGTERM');
});
