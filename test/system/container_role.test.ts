// needs: root unshare
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLI, World } from '../e2e/world.js';

test('whoever calls from inside a session’s container is a client, though the pid there means nothing here', async (t) => {
  const world = new World(t);
  await world.startDaemon();
  const revoke = [CLI, 'lease', 'revoke', 'nothing'];
  const inNamespace = ['--pid', '--fork', process.execPath, ...revoke];
  const marked = { env: { TENURE_IN_SESSION: 'saaaaaaaaaaaa' } };
  const inContainer = await world.start('unshare', inNamespace, marked).ended;
  assert.match(inContainer.stderr, /ROLE_DENIED|role operator/);
  assert.equal(inContainer.code, 77);
  const elsewhere = await world.start('unshare', inNamespace).ended;
  assert.notEqual(elsewhere.code, 77, elsewhere.stderr);
});
