import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  afterQuestion,
  atNewAddress,
  faultOfStatus,
  type HeartbeatState,
  shownUrl,
  UNTRIED,
} from '../../../src/secret/heartbeat/heartbeat_rules.js';

/** Plays outcomes, good and bad, a millisecond apart; answers the steps and what is left. */
function play(outcomes: readonly boolean[], allowed: number) {
  let state: HeartbeatState = UNTRIED;
  const steps = outcomes.map((good, index) => {
    const next = afterQuestion(state, good ? '' : 'bad', allowed, index);
    state = next.state;
    return next.step;
  });
  return { steps, state };
}

describe('a heartbeat', () => {
  test('pulls the kill switch at the last failure that is allowed, once, and again only after an answer', () => {
    const { steps, state } = play([true, false, false, false, false, true, false, true, false, false, false], 3);
    const first = ['none', 'failed', 'failed', 'pull', 'failed', 'recovered'];
    assert.deepEqual(steps, [...first, 'failed', 'recovered', 'failed', 'failed', 'pull']);
    assert.deepEqual(state, {
      failures: 3,
      lastFailure: 'bad',
      lastSuccessWallMs: 7,
      triggeredWallMs: 10,
      pulled: true,
    });
  });

  test('pulls once for every run of failures that is long enough, whatever the history', () => {
    const history = fc.array(fc.boolean(), { maxLength: 60 });
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 5 }), (outcomes, allowed) => {
        const runs = outcomes
          .map((good) => (good ? ' ' : 'x'))
          .join('')
          .split(' ');
        const { steps, state } = play(outcomes, allowed);
        assert.equal(
          steps.filter((step) => step === 'pull').length,
          runs.filter((run) => run.length >= allowed).length,
        );
        assert.equal(state.failures, runs.at(-1)?.length);
        assert.equal(state.pulled, state.failures >= allowed);
        assert.equal(state.lastFailure === '', state.failures === 0);
      }),
    );
  });

  test('at a new address counts anew, but a switch that was pulled stays so until something answers', () => {
    const { state } = play([false, false], 2);
    const moved = atNewAddress(state);
    assert.deepEqual([moved.failures, moved.lastFailure, moved.triggeredWallMs], [0, '', 1]);
    assert.equal(afterQuestion(moved, 'bad', 1, 2).step, 'failed');
    assert.equal(afterQuestion(moved, '', 1, 2).step, 'recovered');
  });
});

test('only 200 to 299 is an answer', () => {
  for (const code of [200, 204, 299]) assert.equal(faultOfStatus(code), '');
  for (const code of [100, 199, 300, 302, 404, 500]) assert.equal(faultOfStatus(code), `answered with status ${code}`);
});

test('a URL is shown without what may be secret in it', () => {
  assert.equal(shownUrl('https://joe:hunter2@a.example:8443/ping/me?key=1#part'), 'https://a.example:8443/ping/me');
  assert.equal(shownUrl('HTTP://A.example'), 'http://a.example/');
  const secret = fc.stringMatching(/^[a-z]{4,12}$/).map((word) => `S3CRET${word}`);
  fc.assert(
    fc.property(secret, secret, secret, (user, password, query) => {
      const shown = shownUrl(`https://${user}:${password}@a.example/x?${query}#${query}`);
      assert.equal(shown, 'https://a.example/x');
    }),
  );
});
