import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachAtMost } from '../../../src/cli/secret/each_at_most.js';

/** A moment in which everything else that is ready runs. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('answers come in the items’ order, and no more than so many are under way', async () => {
  let underWay = 0;
  let most = 0;
  const items = Array.from({ length: 20 }, (_, index) => index);
  const results = await eachAtMost(4, items, async (item) => {
    underWay += 1;
    most = Math.max(most, underWay);
    for (let turns = item % 3; turns >= 0; turns -= 1) await turn();
    underWay -= 1;
    return item * 10;
  });
  assert.deepEqual(
    results,
    items.map((item) => item * 10),
  );
  assert.equal(most, 4);
  assert.deepEqual(await eachAtMost(4, [], turn), []);
});

test('after a failure none is begun, and those under way are waited for', async () => {
  const begun: number[] = [];
  const done: number[] = [];
  const work = eachAtMost(2, [0, 1, 2, 3, 4], async (item) => {
    begun.push(item);
    if (item === 0) throw new Error('the first');
    await turn();
    done.push(item);
  });
  await assert.rejects(work, /the first/);
  assert.deepEqual(begun, [0, 1]);
  assert.deepEqual(done, [1]);
});
