import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Session, SessionOutcome } from '@tenure/client/gen/tenure/session/v1/session';
import { SetFuseRequest } from '@tenure/client/gen/tenure/session/v1/session_service';
import { until } from '../e2e/until.js';
import { contextOf } from '../lease/room.js';
import { SessionRoom } from './session_room.js';

/** The session once its hooks have run. */
async function afterHooks(room: SessionRoom, sessionId: string): Promise<Session> {
  await until('the hooks have run', async () => (await room.get(sessionId)).hooks.length > 0);
  return room.get(sessionId);
}

describe('on-complete, with real sessions', () => {
  test('of one that is stopped runs to its end, while the stop still ends what was left behind', async (t) => {
    const room = await SessionRoom.open(t);
    const leftBehind = `trap '' TERM; setsid sleep 600 & exec sleep 601`;
    const { sessionId } = await room.sh(`(${leftBehind}) & exec sleep 602`, {
      onComplete: 'sleep 1; echo "$TENURE_SESSION_ID $TENURE_SESSION_OUTCOME" >told',
    });
    await room.stop(sessionId, 'enough');
    const { hooks } = await afterHooks(room, sessionId);
    assert.deepEqual(
      hooks.map(({ hook, success, detail }) => [hook, success, detail]),
      [['on-complete', true, 'ended with exit code 0']],
    );
    assert.equal(readFileSync(join(room.folder, 'told'), 'utf8'), `${sessionId} cancelled\n`);
  });

  test('keeps no lease of the session: the next one may begin while it runs', async (t) => {
    const room = await SessionRoom.open(t);
    const told = join(room.folder, 'told');
    const { sessionId } = await room.sh('true', {
      onComplete: 'echo >told; until [ -e go ]; do sleep 0.05; done',
    });
    await until('the hook runs', () => existsSync(told));
    await until('the lease is free', async () => (await room.leases.list()).length === 0);
    const next = await room.sh('exit 3');
    assert.equal((await room.wait(next.sessionId)).outcome, SessionOutcome.BLOCKED);
    await room.stop(sessionId, 'too late');
    writeFileSync(join(room.folder, 'go'), '');
    const { hooks, outcome } = await afterHooks(room, sessionId);
    assert.deepEqual([outcome, hooks[0]?.success], [SessionOutcome.SUCCESS, true], 'a late stop does not end the hook');
  });
});

test('a fuse stops its session, and the record says which', async (t) => {
  const room = await SessionRoom.open(t);
  const { sessionId } = await room.sh('sleep 600');
  const request: SetFuseRequest = {
    ...SetFuseRequest.decode(new Uint8Array()),
    sessionId: sessionId.slice(0, 6),
    action: { action: { $case: 'stopSession', value: true } },
    after: { seconds: 1n, nanos: 0 },
    label: 'too long',
  };
  const { fuse } = await room.sessions.handlers.setFuse.run(request, contextOf(process.pid));
  assert.equal(fuse?.sessionId, sessionId);
  const { outcome, stop } = await room.wait(sessionId);
  assert.deepEqual(
    [outcome, stop?.by, stop?.reason],
    [SessionOutcome.CANCELLED, 'fuse', `fuse ${fuse?.fuseId} went off: too long`],
  );
});
