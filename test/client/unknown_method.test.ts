import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTenureError } from '@tenure/client';
import { FakeDaemon } from './fake_daemon.js';

test('a daemon that does not know a method is said to be of another version', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const client = await daemon.client();
  await assert.rejects(client.health.getStatus(), (error) => {
    assert.ok(isTenureError(error));
    assert.match(error.message, /does not know GetStatus.*tenure daemon restart/);
    return true;
  });
});
