import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionOutcome, SessionState } from '@tenure/client/gen/tenure/session/v1/session';
import type { SessionAdapter } from '../../../src/session/adapter.js';
import { fakeAdapter, foundSession } from '../fake_adapters.js';
import { SessionRoom } from '../session_room.js';

/** Its sessions print their id first, and are in its files when they have ended. */
const adapter: SessionAdapter = {
  ...fakeAdapter('agent', async () => [foundSession({ nativeId: 'n1', state: 'ended' })]),
  nativeIdOf: (head) => /^id (\w+)$/m.exec(head)?.[1] ?? '',
};

async function launched(room: SessionRoom, prompt: string): Promise<string> {
  const { outcome } = await room.launch({ adapter: 'agent', prompt });
  assert.equal(outcome?.$case, 'launched');
  return outcome.value.sessionId;
}

test('an agent that was killed before anybody saw its process is known by the id that it printed', async (t) => {
  const room = await SessionRoom.open(t, { adapters: [adapter] });
  const sessionId = await launched(room, 'echo id n1; kill -9 $$');
  const { outcome, nativeId } = await room.wait(sessionId);
  assert.deepEqual({ outcome, nativeId }, { outcome: SessionOutcome.SIGNAL, nativeId: 'n1' });
  const { sessions } = await room.list(true);
  assert.deepEqual(
    sessions.map((one) => [one.sessionId, one.nativeId, one.state]),
    [[sessionId, 'n1', SessionState.ENDED]],
  );
});

test('one that printed none, or too late, has none', async (t) => {
  const room = await SessionRoom.open(t, { adapters: [adapter] });
  const late = await launched(room, 'head -c 70000 /dev/zero; echo; echo id n1');
  assert.equal((await room.wait(late)).nativeId, '');
  const { sessions } = await room.list(true);
  assert.deepEqual(new Set(sessions.map((one) => one.sessionId)), new Set([late, 'agent:n1']));
});
