import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limitedSignal } from '../../src/session/limited_signal.js';

const DAY_MS = 86_400_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

describe('a limited signal', () => {
  test('fires after its time and not before, also where that is longer than any timer', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { signal } = limitedSignal(new AbortController().signal, 60 * DAY_MS);
    const parts = [LONGEST_TIMER_MS, LONGEST_TIMER_MS, 60 * DAY_MS - 2 * LONGEST_TIMER_MS - 1];
    for (const part of parts) t.mock.timers.tick(part);
    assert.equal(signal.aborted, false);
    t.mock.timers.tick(1);
    assert.equal(signal.aborted, true);
  });

  test('fires with the other one, and never by its time once it was released', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const call = new AbortController();
    const limited = limitedSignal(call.signal, 1_000);
    limited.release();
    t.mock.timers.tick(DAY_MS);
    assert.equal(limited.signal.aborted, false);
    call.abort();
    assert.equal(limited.signal.aborted, true);
  });
});
