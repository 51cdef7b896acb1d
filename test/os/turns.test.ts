import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns } from '../../src/os/turns.js';

/** Work that ends when the test says so. */
function work(log: string[], name: string) {
  let end: (value: string) => void = () => undefined;
  let begin: () => void = () => undefined;
  const began = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const ended = new Promise<string>((resolve) => {
    end = resolve;
  });
  const start = (): Promise<string> => {
    log.push(name);
    begin();
    return ended;
  };
  return { start, began, end: () => end(name) };
}

test('only so many work at once, and the others follow in their order', async () => {
  const turns = new Turns(2);
  const log: string[] = [];
  const works = ['a', 'b', 'c', 'd'].map((name) => work(log, name));
  const results = works.map(({ start }) => turns.run(start));
  await works[1]?.began;
  assert.deepEqual(log, ['a', 'b']);
  works[1]?.end();
  assert.equal(await results[1], 'b');
  await works[2]?.began;
  assert.deepEqual(log, ['a', 'b', 'c']);
  for (const { end } of works) end();
  assert.deepEqual(await Promise.all(results), ['a', 'b', 'c', 'd']);
  assert.deepEqual(log, ['a', 'b', 'c', 'd']);
  assert.equal(await turns.run(async () => 'e'), 'e');
});

test('who gives up while waiting takes no turn, and failed work gives its turn on', async () => {
  const turns = new Turns(1);
  const log: string[] = [];
  const first = turns.run(() => Promise.reject(new Error('failed')));
  const controller = new AbortController();
  const second = turns.run(work(log, 'b').start, controller.signal);
  const third = turns.run(async () => 'c');
  controller.abort(new Error('gave up'));
  await assert.rejects(second, /gave up/);
  await assert.rejects(first, /failed/);
  assert.equal(await third, 'c');
  assert.deepEqual(log, []);
  await assert.rejects(turns.run(work(log, 'd').start, controller.signal), /gave up/);
  assert.deepEqual(log, []);
});
