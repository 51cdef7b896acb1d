import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contextOf, isRefusal } from '../lease/room.js';
import { SecretRoom } from './secret_room.js';

test('what is refused for its length is told of in short: events go to commands as arguments', async (t) => {
  const room = await SecretRoom.open(t);
  const long = 'n'.repeat(1_000_000);
  const context = contextOf(process.pid);
  await assert.rejects(room.lease(long, { clientId: long }), isRefusal('INVALID_FIELD'));
  await assert.rejects(room.list({ namespace: long }), isRefusal('INVALID_FIELD'));
  const binding = { path: `/${long}`, marker: '', ownerTokens: [] };
  await assert.rejects(async () => room.secrets.handlers.bindEnvFile.run(binding, context), isRefusal('INVALID_FIELD'));
  const told = room.told(/^secret\./);
  assert.deepEqual(told, ['secret.leased failed', 'secret.listed failed', 'secret.env_file_bound failed']);
  for (const { action, metadata } of room.events) assert.ok(JSON.stringify(metadata).length < 4_096, action);
});
