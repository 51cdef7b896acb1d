import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { Moment } from '../../../src/session/launched/moment.js';

test('a moment wakes all who wait, and who comes later; one who gave up is woken before and leaves nothing behind', async () => {
  const moment = new Moment();
  const patient = new AbortController();
  const gone = new AbortController();
  const waits = [moment.wait(), moment.wait(patient.signal)];
  const given = moment.wait(gone.signal);
  gone.abort();
  await given;
  assert.equal(getEventListeners(gone.signal, 'abort').length, 0);
  moment.come();
  await Promise.all(waits);
  assert.equal(getEventListeners(patient.signal, 'abort').length, 0);
  await moment.wait();
});
