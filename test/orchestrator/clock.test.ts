import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/orchestrator/clock.js';

test('what is to be in two months is not now, and comes in the end', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const dayMs = 86_400_000;
  let calls = 0;
  systemClock.after(60 * dayMs, () => {
    calls += 1;
  });
  const stop = systemClock.after(60 * dayMs, () => assert.fail('it was stopped'));
  for (let day = 1; day < 60; day += 1) t.mock.timers.tick(dayMs);
  assert.equal(calls, 0);
  stop();
  // The mock sees each part of the time at the end of its day.
  for (let day = 60; day < 63; day += 1) t.mock.timers.tick(dayMs);
  assert.equal(calls, 1);
});
