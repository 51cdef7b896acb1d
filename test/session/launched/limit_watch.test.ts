import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LimitWatch } from '../../../src/session/launched/limit_watch.js';

test('silence counts from when the program has begun', async (t) => {
  const stallMs = 40;
  let nowMs = 0;
  let looks = 0;
  let hasBegun = false;
  const begunAtLook = 5;
  const stalledAtLook = await new Promise<number>((resolve, reject) => {
    const watch = new LimitWatch({
      limits: { timeoutMs: undefined, stallMs, stopOnStall: false, outputBytes: 1 },
      ranMs: 0,
      nowMs: () => nowMs,
      printedBytes: async () => {
        looks += 1;
        // More than long enough, at each look.
        nowMs += stallMs;
        hasBegun = looks >= begunAtLook;
        return 0;
      },
      hasBegun: () => hasBegun,
      onTimeout: () => reject(new Error('it has no time limit')),
      onStall: () => resolve(looks),
      onFault: reject,
    });
    t.after(() => watch.close());
    watch.start();
  });
  assert.equal(stalledAtLook, begunAtLook);
});
