import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matching, type SessionView } from '../../../src/session/listing/merge_rules.js';

function view(sessionId: string, nativeId: string, state: SessionView['state'], startWallMs: number): SessionView {
  return {
    sessionId,
    adapter: 'codex',
    nativeId,
    state,
    launched: undefined,
    stale: false,
    directory: '/',
    prompt: '',
    title: '',
    model: '',
    usage: undefined,
    process: undefined,
    startWallMs,
    endWallMs: undefined,
    activityWallMs: undefined,
    parentSessionId: '',
  };
}

const idsOf = (views: readonly SessionView[], wanted: string): readonly string[] =>
  matching(views, wanted).map(({ sessionId }) => sessionId);

test('the own id of a session that was resumed names the one that lives, else the newest; each is itself by its own', () => {
  const ended = [view('sfirst', '01a1-f8', 'ended', 1), view('sthird', '01a1-f8', 'ended', 3)];
  const lives = view('ssecond', '01a1-f8', 'running', 2);
  for (const wanted of ['01a1-f8', '01a1']) {
    assert.deepEqual(idsOf([...ended, lives], wanted), ['ssecond']);
    assert.deepEqual(idsOf(ended, wanted), ['sthird']);
    assert.deepEqual(idsOf(ended.toReversed(), wanted), ['sthird']);
  }
  for (const wanted of ['sfirst', 'sf', 'sthird']) assert.equal(idsOf([...ended, lives], wanted).length, 1);
  assert.deepEqual(idsOf(ended, 's').length, 2);
});

test('sessions of different own ids stay as many as they are', () => {
  const views = [view('sa', '01a1-f8', 'running', 1), view('sb', '01a1-f9', 'ended', 2)];
  assert.deepEqual(idsOf(views, '01a1'), ['sa', 'sb']);
  assert.deepEqual(idsOf(views, '01a1-f9'), ['sb']);
  const elsewhere = { ...view('sc', '01a1-f9', 'ended', 3), adapter: 'pi' };
  assert.deepEqual(idsOf([...views, elsewhere], '01a1-f9'), ['sb', 'sc']);
});
