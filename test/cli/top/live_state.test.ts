import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DaemonStatus,
  LeaseEventType,
  LeaseLiveness,
  LeaseState,
  Session,
  SessionEventType,
  SessionState,
} from '@tenure/client';
import { leaseRows } from '../../../src/cli/top/lease_rows.js';
import { type Link, LiveState } from '../../../src/cli/top/live_state.js';
import { needsLookup } from '../../../src/cli/top/lookups.js';
import { acquired, at, ended, held, seconds, stateWith, ttlLease } from './top_world.js';

const cellsOf = (state: LiveState, now = at(0)): string[][] =>
  leaseRows(state, 'resource', now).map(({ cells }) => cells.map(({ text }) => text));

test('a lease is there from its grant to its end', () => {
  const state = stateWith(held('l1', 'nightly', { reason: 'sync' }), held('l2', 'gpu', { capacity: 4 }));
  assert.deepEqual(cellsOf(state, at(65)), [
    ['gpu', '1 of 4', 'pid 812 sync.sh', '1m 5s', 'runs', '', 'l2', ''],
    ['nightly', 'excl', 'pid 812 sync.sh', '1m 5s', 'runs', '', 'l1', 'sync'],
  ]);
  state.tellLease(ended(held('l1', 'nightly')), at(66));
  assert.deepEqual([...state.leases.keys()], ['l2']);
  state.tellLease({ ...acquired(held('l2', 'gpu')), type: LeaseEventType.REMOVED }, at(67));
  assert.equal(state.leases.size, 0);
});

test('the time left runs down by itself; draining and renewed leases have none', () => {
  const state = stateWith(
    ttlLease('l1', 'a', 90),
    held('l2', 'b', { state: LeaseState.DRAINING }),
    held('l3', 'c', { liveness: LeaseLiveness.HOLD, remainingTtl: seconds(60) }),
    held('l4', 'd', { liveness: LeaseLiveness.HOLD, remainingTtl: seconds(60), maxHold: seconds(7_200) }),
  );
  const left = (now = at(0)): (string | undefined)[] => cellsOf(state, now).map((cells) => cells[4]);
  assert.deepEqual(left(), ['1m 30s', 'draining', 'renewed', '2h']);
  assert.deepEqual(left(at(30)), ['1m', 'draining', 'renewed', '1h 59m']);
  assert.deepEqual(left(at(300))[0], '0s');
});

test('who waits is counted at what they wait for, also where nobody holds it', () => {
  const state = stateWith(held('l1', 'nightly'));
  state.tellQueue({ resource: 'nightly', length: 3, waiters: [] });
  state.tellQueue({ resource: 'other', length: 1, waiters: [] });
  assert.deepEqual(
    cellsOf(state).map(([resource, , holder, , , waiters]) => [resource, holder, waiters]),
    [
      ['nightly', 'pid 812 sync.sh', '3'],
      ['other', 'nobody yet', '1'],
    ],
  );
  state.tellQueue({ resource: 'other', length: 0, waiters: [] });
  assert.equal(cellsOf(state).length, 1);
});

test('a lease is looked up for the name of its command, and when its time should be over', () => {
  const state = stateWith(held('l1', 'a'), ttlLease('l2', 'b', 10));
  const needs = (leaseId: string, second: number): boolean => {
    const entry = state.leases.get(leaseId);
    return entry !== undefined && needsLookup(entry, at(second));
  };
  assert.deepEqual([needs('l1', 0), needs('l1', 1), needs('l2', 1), needs('l2', 11)], [false, true, false, true]);
  state.lookedUp(held('l1', 'a'), at(2));
  state.lookedUp(ttlLease('l2', 'b', 30), at(11));
  assert.deepEqual([needs('l1', 60), needs('l2', 12)], [false, false], 'neither asks again for what it knows');
  assert.equal(cellsOf(state, at(21))[1]?.[4], '20s', 'the renewal shows');
});

test('what was asked for changes nothing that has ended or changed meanwhile', () => {
  const state = stateWith(held('l1', 'a', { revision: 5n, reason: 'new' }));
  state.lookedUp(held('l1', 'a', { revision: 4n, reason: 'old' }), at(1));
  state.lookedUp(held('l9', 'z'), at(1));
  assert.deepEqual(
    cellsOf(state).map((cells) => cells.at(-1)),
    ['new'],
  );
});

test('sessions that had ended before are no news; one that ends is shown for a while', () => {
  const state = new LiveState();
  const session = (sessionId: string, ends: boolean) => ({
    ...Session.decode(new Uint8Array()),
    sessionId,
    state: ends ? SessionState.ENDED : SessionState.RUNNING,
  });
  const tell = (type: SessionEventType, sessionId: string, ends: boolean, second: number) =>
    state.tellSession({ type, revision: 1n, session: session(sessionId, ends) }, at(second));
  tell(SessionEventType.SNAPSHOT, 'old', true, 0);
  tell(SessionEventType.SNAPSHOT, 'now', false, 0);
  assert.deepEqual([...state.sessions.keys()], ['now']);
  tell(SessionEventType.ENDED, 'now', true, 10);
  tell(SessionEventType.CHANGED, 'now', true, 35);
  state.sweep(at(39), 30_000);
  assert.equal(state.sessions.size, 1);
  state.sweep(at(41), 30_000);
  assert.equal(state.sessions.size, 0);
});

test('a break of the connection is told of until it is over, and whether the daemon is another then', () => {
  const state = new LiveState();
  const status = (startCount: bigint) => ({ ...DaemonStatus.decode(new Uint8Array()), startCount });
  state.tellStatus(status(1n), at(0));
  state.tellBreak(at(5));
  state.tellBreak(at(7));
  assert.deepEqual(state.link, { kind: 'away', sinceMs: at(5).steadyMs });
  state.tellStatus(status(2n), at(9));
  assert.deepEqual(state.link, { kind: 'back', atMs: at(9).steadyMs, awayMs: 4_000, restarted: true });
  state.tellBreak(at(20));
  state.tellStatus(status(2n), at(21));
  const { link } = state as { link: Link };
  assert.equal(link.kind === 'back' && link.restarted, false);
});
