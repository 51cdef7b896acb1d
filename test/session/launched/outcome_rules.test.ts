import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endOf, type MainEnd } from '../../../src/session/launched/outcome_rules.js';
import type { StopNote } from '../../../src/session/launched/record.js';

const stop: StopNote = { by: 'client', uid: 0, pid: 1, reason: 'enough', wallMs: 1 };

function outcome(main: MainEnd, note: StopNote | undefined): readonly [string, string] {
  const end = endOf(main, note, undefined, 1);
  return [end.outcome, end.detail];
}

test('a session that was stopped before its command could run is stopped, and else it is the machine that failed it', () => {
  const main: MainEnd = { kind: 'not-started', why: 'it was ended at its gate' };
  assert.deepEqual(outcome(main, stop), ['cancelled', 'enough']);
  assert.deepEqual(outcome(main, { ...stop, by: 'timeout' }), ['timed-out', 'enough']);
  assert.deepEqual(outcome(main, undefined), ['infrastructure', 'it was ended at its gate']);
});

test('what ends well at TERM is a success, but for one that ran into a limit and has no result of its own', () => {
  const main: MainEnd = { kind: 'code', code: 0 };
  assert.deepEqual(outcome(main, stop), ['success', '']);
  assert.deepEqual(outcome(main, { ...stop, by: 'fuse' }), ['success', '']);
  assert.deepEqual(outcome(main, { ...stop, by: 'timeout' }), ['timed-out', 'enough']);
  assert.deepEqual(outcome(main, { ...stop, by: 'stall' }), ['stalled', 'enough']);
  const result = { success: true, detail: 'done', nativeId: '', usage: undefined };
  assert.equal(endOf(main, { ...stop, by: 'timeout' }, result, 1).outcome, 'success');
  assert.equal(endOf(main, { ...stop, by: 'timeout' }, { ...result, success: false }, 1).outcome, 'timed-out');
});
