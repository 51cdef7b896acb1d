import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { leaseListJson } from './lease_views.js';
import { until } from './until.js';
import { World } from './world.js';

describe('the first command', () => {
  test('starts the daemon, holds the lease, and the nested command lists it', async (t) => {
    const world = new World(t);
    const ended = await world.run(['run', 'demo', '--', 'tenure', 'lease', 'list']);
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, /\bdemo\b/);
    assert.ok(world.processes().includes(world.daemonPid()), 'the daemon stays');
  });

  test('leaves nothing behind but the daemon', async (t) => {
    const world = new World(t);
    assert.equal((await world.run(['run', 'demo', '--', 'true'])).code, 0);
    assert.deepEqual(leaseListJson.parse(await world.json(['lease', 'list'])).leases, []);
    assert.deepEqual(world.processes(), [world.daemonPid()]);
  });

  test('keeps socket, key and state to its user', async (t) => {
    const world = new World(t);
    assert.equal((await world.run(['run', 'demo', '--', 'true'])).code, 0);
    const mode = (name: string) => statSync(join(world.stateDir, name)).mode & 0o777;
    assert.equal(mode('.'), 0o700);
    assert.equal(mode('key'), 0o600);
    assert.equal(mode('tenure.sock'), 0o600);
  });

  test('with TENURE_AUTOSTART=0 says that no daemon answers, and starts none', async (t) => {
    const world = new World(t, { env: { TENURE_AUTOSTART: '0' } });
    const ended = await world.run(['run', 'demo', '--', 'echo', 'ran']);
    assert.equal(ended.code, 69);
    assert.equal(ended.stdout, '');
    assert.match(ended.stderr, /daemon/);
    assert.equal(existsSync(world.stateDir), false);
  });

  test('two at the same moment end up with one daemon', async (t) => {
    const world = new World(t);
    const both = await Promise.all(['a', 'b', 'c'].map((name) => world.run(['run', name, '--', 'true'])));
    assert.deepEqual(
      both.map(({ code }) => code),
      [0, 0, 0],
      both.map(({ stderr }) => stderr).join(),
    );
    // Those that came too late have said so, and may not be gone yet.
    await until('the others to be gone', () => world.processes().length === 1);
    assert.deepEqual(world.processes(), [world.daemonPid()]);
  });

  test('writes no token to the log', async (t) => {
    const world = new World(t, { config: 'logging:\n  level: debug\n' });
    const ended = await world.run(['run', 'demo', '--', 'printenv', 'TENURE_LEASES']);
    assert.match(ended.stdout, /^tni_[A-Za-z0-9_-]{20,}\n$/);
    assert.doesNotMatch(readFileSync(join(world.stateDir, 'tenured.log'), 'utf8'), /tn[oi]_[A-Za-z0-9_-]{8}/);
  });
});
