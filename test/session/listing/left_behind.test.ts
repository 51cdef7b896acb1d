import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SessionOutcome } from '@tenure/client/gen/tenure/session/v1/session';
import { LeftBehind } from '../../../src/session/listing/left_behind.js';
import { contextOf } from '../../lease/room.js';
import { SessionRoom } from '../session_room.js';

const ended = (sessionId: string) => ({ phase: 'ended', record: { sessionId } }) as const;

/** Counts as each look finds them, the last of them for ever; and how many looks there were. */
function looks(...found: readonly Readonly<Record<string, number>>[]) {
  const all = { made: 0 };
  const left = new LeftBehind(async () => {
    const now = found[Math.min(all.made, found.length - 1)] ?? {};
    all.made += 1;
    return new Map(Object.entries(now));
  });
  return { left, all };
}

describe('what a session has left running', () => {
  test('is seen by a second look where the first has missed it, for a process that is just starting another program', async () => {
    const { left } = looks({}, { s1: 1 });
    const [one, other] = [ended('s1'), ended('s2')];
    assert.deepEqual(await left.stillRunning([one, other]), [one]);
    assert.deepEqual([left.countOf(one), left.countOf(other)], [1, 0]);
  });

  test('is not looked for any more once two looks have shown nothing; two at the same time are one', async () => {
    const { left, all } = looks({});
    const one = ended('s1');
    await Promise.all([left.look([one]), left.look([one])]);
    await left.look([one]);
    assert.equal(all.made, 3);
    assert.deepEqual(await left.stillRunning([one]), []);
    assert.equal(all.made, 3);
  });

  test('is none of what was seen before the end', async () => {
    const { left } = looks({ s1: 4 }, { s1: 1 }, {});
    const one: { phase: 'running' | 'ended'; record: { sessionId: string } } = { ...ended('s1'), phase: 'running' };
    await left.look([one, ended('s2')]);
    one.phase = 'ended';
    assert.equal(left.countOf(one), 0);
    await left.look([one]);
    assert.equal(left.countOf(one), 1);
    await left.look([one]);
    assert.equal(left.countOf(one), 0);
  });

  test('keeps the session from being forgotten, until it is ended by it', async (t) => {
    const room = await SessionRoom.open(t);
    const { sessionId } = await room.sh('sleep 600 & exit 0');
    assert.equal((await room.wait(sessionId)).outcome, SessionOutcome.SUCCESS);
    const done = await room.sh('exit 3', { force: true });
    await room.wait(done.sessionId);
    assert.deepEqual(await room.prune(), { pruned: 1, keptSessionIds: [sessionId] });
    const { endedProcesses } = await room.sessions.handlers.stopSession.run(
      { sessionId, grace: undefined, reason: '' },
      contextOf(process.pid),
    );
    assert.equal(endedProcesses, 1);
    assert.deepEqual(await room.prune(), { pruned: 1, keptSessionIds: [] });
    assert.deepEqual((await room.list(true)).sessions, []);
  });
});
