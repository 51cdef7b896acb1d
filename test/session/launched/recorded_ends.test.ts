import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Session, SessionOutcome, SessionState } from '@tenure/client/gen/tenure/session/v1/session';
import { until } from '../../e2e/until.js';
import { SessionRoom } from '../session_room.js';

/** What somebody who looks later wants to know of an end. */
function endOf(session: Session): unknown {
  const { state, outcome, exitCode, signal, startTime, endTime, stop, hooks } = session;
  return { state, outcome, exitCode, signal, startTime, endTime, stop, hooks };
}

function lastedMs({ startTime, endTime }: Session): number {
  const at = (time: typeof startTime): number => Number(time?.seconds) * 1_000 + Number(time?.nanos) / 1e6;
  return at(endTime) - at(startTime);
}

describe('an end', () => {
  test('is kept with how it was and how long it took, and so is known to the next run', async (t) => {
    const room = await SessionRoom.open(t);
    const { sessionId } = await room.sh('sleep 0.3; exit 4');
    const ended = await room.wait(sessionId);
    assert.deepEqual([ended.outcome, ended.exitCode], [SessionOutcome.NOTHING_READY, 4]);
    const lasted = lastedMs(ended);
    assert.ok(lasted >= 250 && lasted < 10_000, `${lasted} ms`);
    const told = room.events.find(({ action }) => action === 'session.ended');
    assert.deepEqual([told?.metadata?.['outcome'], told?.metadata?.['exitCode']], ['nothing-ready', 4]);
    assert.ok(Math.abs(Number(told?.metadata?.['durationMs']) - lasted) < 5);
    await room.close();
    const after = await SessionRoom.open(t, { before: room });
    assert.deepEqual(endOf(await after.get(sessionId)), endOf(ended));
  });

  test('by a stop is kept with who stopped it, and by a limit with which', async (t) => {
    const room = await SessionRoom.open(t);
    const stopped = await room.sh('sleep 600', { force: true });
    await room.stop(stopped.sessionId, 'enough');
    const limits = { timeout: { seconds: 0n, nanos: 2e8 }, stall: undefined, stopOnStall: false, outputBytes: 0n };
    const late = await room.sh('sleep 600', { force: true, limits });
    await room.wait(late.sessionId);
    await until('both to be over', async () => (await room.list()).sessions.length === 0);
    await room.close();
    const after = await SessionRoom.open(t, { before: room });
    const ends = [await after.get(stopped.sessionId), await after.get(late.sessionId)];
    assert.deepEqual(
      ends.map(({ state, outcome, stop }) => [state, outcome, stop?.by]),
      [
        [SessionState.ENDED, SessionOutcome.CANCELLED, 'client'],
        [SessionState.ENDED, SessionOutcome.TIMED_OUT, 'timeout'],
      ],
    );
    assert.equal(ends[0]?.stop?.reason, 'enough');
  });
});

describe('what follows an end', () => {
  test('runs once for each, whatever the end was, and is kept', async (t) => {
    const room = await SessionRoom.open(t);
    const file = join(room.folder, 'complete');
    const onComplete = 'echo "$TENURE_SESSION_ID $TENURE_SESSION_OUTCOME" >> complete';
    const ids: string[] = [];
    for (const script of ['exit 0', 'exit 1', 'kill -KILL $$', 'sleep 600']) {
      const { sessionId } = await room.sh(script, { force: true, onComplete });
      if (script.startsWith('sleep')) await room.stop(sessionId);
      else await room.wait(sessionId);
      ids.push(sessionId);
    }
    const ran = await until('all four to have run', async () => {
      const sessions = await Promise.all(ids.map((id) => room.get(id)));
      return sessions.every(({ hooks }) => hooks.length > 0) && sessions;
    });
    assert.deepEqual(
      ran.map(({ hooks }) => hooks.map(({ hook, success }) => [hook, success])),
      ids.map(() => [['on-complete', true]]),
    );
    assert.ok(existsSync(file));
    const lines = readFileSync(file, 'utf8').trim().split('\n').sort();
    const outcomes = ['success', 'failure', 'signal', 'cancelled'];
    assert.deepEqual(lines, ids.map((id, index) => `${id} ${outcomes[index]}`).sort());
  });
});
