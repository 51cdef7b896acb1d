import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Session, SessionOutcome, SessionState } from '@tenure/client';
import { exitCodeOfSession } from '../../../src/cli/session/session_exit_rules.js';
import { session } from './session_desk.js';

function ended(outcome: SessionOutcome, fields: Partial<Session> = {}): number {
  return exitCodeOfSession(session('s1', { state: SessionState.ENDED, outcome, ...fields }));
}

test('a session’s own exit code is handed on', () => {
  assert.equal(ended(SessionOutcome.SUCCESS, { exitCode: 0 }), 0);
  assert.equal(ended(SessionOutcome.FAILURE, { exitCode: 1 }), 1);
  assert.equal(ended(SessionOutcome.FAILURE, { exitCode: 77 }), 77);
  assert.equal(ended(SessionOutcome.USAGE, { exitCode: 2 }), 2);
  assert.equal(ended(SessionOutcome.BLOCKED, { exitCode: 3 }), 3);
  assert.equal(ended(SessionOutcome.NOTHING_READY, { exitCode: 4 }), 4);
  assert.equal(ended(SessionOutcome.WORK_FAILED, { exitCode: 5 }), 5);
  assert.equal(ended(SessionOutcome.INFRASTRUCTURE, { exitCode: 6 }), 6);
  assert.equal(ended(SessionOutcome.NOT_EXECUTABLE, { exitCode: 126 }), 126);
  assert.equal(ended(SessionOutcome.NOT_FOUND, { exitCode: 127 }), 127);
});

test('what has no exit code of its own, or a misleading one, gets one', () => {
  assert.equal(ended(SessionOutcome.SIGNAL, { signal: 9 }), 137);
  assert.equal(ended(SessionOutcome.FAILURE, { exitCode: 0 }), 1);
  assert.equal(ended(SessionOutcome.INFRASTRUCTURE), 6);
  assert.equal(ended(SessionOutcome.TIMED_OUT, { signal: 15 }), 124);
  assert.equal(ended(SessionOutcome.STALLED, { exitCode: 3 }), 124);
  assert.equal(ended(SessionOutcome.CANCELLED, { signal: 15 }), 130);
  assert.equal(ended(SessionOutcome.EXIT_UNKNOWN), 76);
  assert.equal(ended(SessionOutcome.UNSPECIFIED), 76);
});

test('a wait that ran out is no end', () => {
  assert.equal(exitCodeOfSession(session('s1', { state: SessionState.RUNNING })), 75);
});
