import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { HandingOn } from '../../../src/orchestrator/runs/handing_on.js';

/** Whether a run on these resources could begin now, all promises of this moment kept. */
async function mayBegin(handingOn: HandingOn, resources: readonly string[]): Promise<boolean> {
  const giveUp = new AbortController();
  let began = false;
  const turn = handingOn.turn(resources, giveUp.signal).then(() => {
    began = true;
  });
  await setImmediate();
  const answer = began;
  giveUp.abort();
  await turn;
  return answer;
}

test('who comes next on a resource waits for what the run before it has to tell, and for nothing else', async () => {
  const handingOn = new HandingOn();
  handingOn.begins('r1', ['index', 'disk']);
  assert.equal(await mayBegin(handingOn, ['disk']), true, 'the daemon has let it in beside one that works');
  handingOn.leaves('r1');
  assert.equal(await mayBegin(handingOn, ['disk', 'net']), false);
  assert.equal(await mayBegin(handingOn, ['net']), true);
  handingOn.told('r1');
  assert.equal(await mayBegin(handingOn, ['disk']), true);
});

test('a run whose process ends after it has told keeps nobody waiting', async () => {
  const handingOn = new HandingOn();
  handingOn.begins('r1', ['disk']);
  handingOn.told('r1');
  handingOn.leaves('r1');
  assert.equal(await mayBegin(handingOn, ['disk']), true);
  // Its next attempt.
  handingOn.begins('r1', ['disk']);
  handingOn.leaves('r1');
  assert.equal(await mayBegin(handingOn, ['disk']), false);
});

test('who waits does so for a second at most, and not beyond its own end: it has its lease already', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const handingOn = new HandingOn();
  handingOn.begins('r1', ['disk']);
  handingOn.leaves('r1');
  const turn = handingOn.turn(['disk'], new AbortController().signal);
  t.mock.timers.tick(1_000);
  await turn;
  const over = new AbortController();
  const cut = handingOn.turn(['disk'], over.signal);
  over.abort();
  await cut;
});
