import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OneLook } from '../../../src/session/agents/one_look.js';

const patient = (): AbortSignal => AbortSignal.timeout(10_000);

test('looks run one after the other, also behind one that failed', async () => {
  const look = new OneLook();
  let running = 0;
  const once = async (answer: number): Promise<number> => {
    running += 1;
    assert.equal(running, 1);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    if (answer === 1) throw new Error('no luck');
    return answer;
  };
  const all = await Promise.allSettled([0, 1, 2, 3].map((answer) => look.run(() => once(answer), patient())));
  assert.deepEqual(
    all.map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason))),
    [0, 'Error: no luck', 2, 3],
  );
});

test('one that hangs hangs neither its caller nor the next one’s, and starts no second', async () => {
  const look = new OneLook();
  let finish: () => void = () => undefined;
  const hanging = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const impatient = new AbortController();
  const first = look.run(() => hanging, impatient.signal);
  impatient.abort(new Error('its time is over'));
  await assert.rejects(first, /its time is over/);
  let started = false;
  const second = new AbortController();
  const waiting = look.run(async () => {
    started = true;
  }, second.signal);
  second.abort(new Error('its time is over, too'));
  await assert.rejects(waiting, /its time is over, too/);
  assert.equal(started, false);
  finish();
  assert.equal(await look.run(async () => 'again', patient()), 'again');
});

test('nothing is begun after the end of the time', async () => {
  const over = AbortSignal.abort(new Error('over'));
  await assert.rejects(
    new OneLook().run(() => assert.fail('it was begun'), over),
    /over/,
  );
});
