import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeOfOutcome, parseExitChoices } from '../../../src/cli/run/outcome.js';

test("the command's code is kept, a signal becomes 128 and its number", () => {
  assert.equal(exitCodeOfOutcome({ outcome: 'completed', exitCode: 7 }, {}), 7);
  assert.equal(exitCodeOfOutcome({ outcome: 'signalled', signal: 'SIGTERM' }, {}), 143);
});

test('each of the four codes may be chosen, and the choices add up', () => {
  const choices = parseExitChoices('held=0,lost=3', parseExitChoices('held=9,denied=4'));
  assert.equal(exitCodeOfOutcome({ outcome: 'held' }, choices), 0);
  assert.equal(exitCodeOfOutcome({ outcome: 'lost', resources: ['r'] }, choices), 3);
  assert.equal(exitCodeOfOutcome({ outcome: 'denied', reason: 'POLICY_DENIED' }, choices), 4);
  assert.equal(exitCodeOfOutcome({ outcome: 'unreachable', reason: 'UNREACHABLE' }, choices), 69);
});

test("a choice never touches the command's own code", () => {
  assert.equal(exitCodeOfOutcome({ outcome: 'completed', exitCode: 75 }, parseExitChoices('held=0')), 75);
});

test('a malformed choice is refused', () => {
  for (const text of ['held', 'held=', 'held=256', 'held=-1', 'kept=1', 'held=1,', 'constructor=1']) {
    assert.throws(() => parseExitChoices(text), /write held=N/, text);
  }
});
