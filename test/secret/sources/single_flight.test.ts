import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SingleFlight } from '../../../src/secret/sources/single_flight.js';

/** Flights that the test lands by hand. */
class Airport {
  readonly flights = new SingleFlight<string>();
  readonly started: { readonly controller: AbortController; land(result: string): void; crash(error: Error): void }[] =
    [];

  readonly #isPrompt: boolean;

  /** `isPrompt`: whether flights end as soon as they are aborted. */
  constructor(isPrompt = true) {
    this.#isPrompt = isPrompt;
  }

  readonly start = (controller: AbortController): Promise<string> =>
    new Promise((land, crash) => {
      this.started.push({ controller, land, crash });
      const { signal } = controller;
      signal.addEventListener('abort', () => this.#isPrompt && crash(signal.reason));
    });

  join(key: string, signal?: AbortSignal): Promise<string> {
    return this.flights.join(key, this.start, signal);
  }
}

test('those who ask at the same time share one flight, and the next one starts anew', async () => {
  const airport = new Airport();
  const both = [airport.join('a'), airport.join('a')];
  const other = airport.join('b');
  assert.equal(airport.started.length, 2);
  airport.started[0]?.land('first');
  assert.equal(await both[0], 'first');
  const next = airport.join('a');
  assert.equal(await both[1], 'first');
  assert.equal(airport.started.length, 3);
  airport.started[1]?.land('other');
  airport.started[2]?.land('second');
  assert.deepEqual(await Promise.all([other, next]), ['other', 'second']);
});

test('all hear of a failure, and it is not kept', async () => {
  const airport = new Airport();
  const both = [airport.join('a'), airport.join('a')];
  airport.started[0]?.crash(new Error('broken'));
  for (const each of both) await assert.rejects(each, /broken/);
  const next = airport.join('a');
  airport.started[1]?.land('fine');
  assert.equal(await next, 'fine');
});

test('a caller that leaves lets only itself go; when the last has left, the flight ends', async () => {
  const airport = new Airport(false);
  const [one, two] = [new AbortController(), new AbortController()];
  const first = airport.join('a', one.signal);
  const second = airport.join('a', two.signal);
  one.abort(new Error('one left'));
  await assert.rejects(first, /one left/);
  assert.equal(airport.started[0]?.controller.signal.aborted, false);
  two.abort(new Error('two left'));
  await assert.rejects(second, /two left/);
  assert.equal(airport.started[0]?.controller.signal.aborted, true);
  const third = airport.join('a');
  assert.equal(airport.started.length, 2);
  airport.started[1]?.land('new');
  assert.equal(await third, 'new');
  await assert.rejects(airport.join('b', one.signal), /one left/);
  assert.equal(airport.started.length, 2);
});

test('after forget nobody gets the older answer, and those aboard still do', async () => {
  const airport = new Airport();
  const old = airport.join('a');
  airport.flights.forget('a');
  const young = airport.join('a');
  airport.started[0]?.land('old');
  assert.equal(await old, 'old');
  const alsoYoung = airport.join('a');
  assert.equal(airport.started.length, 2);
  airport.started[1]?.land('young');
  assert.deepEqual(await Promise.all([young, alsoYoung]), ['young', 'young']);
});

test('close ends all flights, also forgotten ones, waits for them and lets no more start', async () => {
  const airport = new Airport();
  const old = airport.join('a');
  airport.flights.forget('a');
  const young = airport.join('a');
  const closed = airport.flights.close(new Error('closed'));
  for (const each of [old, young, airport.join('a')]) await assert.rejects(each, /closed/);
  await closed;
  assert.equal(airport.started.length, 2);
});
