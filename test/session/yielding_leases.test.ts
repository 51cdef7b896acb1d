import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SessionOutcome, SessionState } from '@tenure/client/gen/tenure/session/v1/session';
import { until } from '../e2e/until.js';
import { quickest } from '../quickest.js';
import { SessionRoom } from './session_room.js';

describe('a launch in the directory of another session', () => {
  test('follows at once on the end of that', async (t) => {
    const room = await SessionRoom.open(t);
    for (let round = 0; round < 5; round += 1) {
      const { sessionId } = await room.sh('true');
      assert.equal((await room.wait(sessionId)).outcome, SessionOutcome.SUCCESS);
    }
  });

  test('follows at once on the stop of what that had left behind', async (t) => {
    const room = await SessionRoom.open(t);
    const { sessionId } = await room.sh('setsid sleep 600 & exit 0');
    await room.wait(sessionId);
    // It is over, and shown all the same: what it has left keeps the directory.
    const left = async () => (await room.list()).sessions.map((one) => [one.sessionId, one.state, one.leftProcesses]);
    assert.deepEqual(await left(), [[sessionId, SessionState.ENDED, 1]]);
    assert.equal((await room.stop(sessionId)).endedProcesses, 1);
    assert.deepEqual(await left(), []);
    await room.sh('true');
  });

  test('is refused without a delay while anything of that lives, be it only left behind', async (t) => {
    const room = await SessionRoom.open(t);
    const { sessionId } = await room.sh('setsid sleep 600 & exit 0');
    await room.wait(sessionId);
    const launch = async (): Promise<void> => {
      const { outcome } = await room.launch({ command: ['true'] });
      assert.equal(outcome?.$case, 'held');
    };
    // Of its 4 s.
    assert.ok((await quickest(launch, 3_000)) < 3_000);
    await room.stop(sessionId);
    await until('the directory to be free', async () => (await room.leases.list()).length === 0);
  });
});
