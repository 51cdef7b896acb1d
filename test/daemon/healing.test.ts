import assert from 'node:assert/strict';
import { rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../e2e/until.js';
import { World } from '../e2e/world.js';

test('a deleted socket comes back, and who is connected notices nothing', async (t) => {
  const world = new World(t);
  const daemon = await world.startDaemon();
  const connected = await world.connect();
  const { status: before } = await connected.health.getStatus();
  unlinkSync(world.socketPath);
  const newcomer = await until('a new connection', async () => await world.connect().catch(() => undefined));
  const { status: after } = await newcomer.health.getStatus();
  assert.equal(after?.pid, daemon.pid);
  const { status: still } = await connected.health.getStatus();
  assert.equal(still?.pid, before?.pid);
  assert.equal(still?.warnings.length, 0);
});

test('a daemon whose state folder is taken away ends before another one grants the same leases', async (t) => {
  for (const lost of ['', 'lock']) {
    const world = new World(t);
    const daemon = await world.startDaemon();
    // The daemon may write into the folder while it goes.
    rmSync(join(world.stateDir, lost), { recursive: true, maxRetries: 10 });
    const { code } = await daemon.ended;
    assert.equal(code, 74);
    await world.startDaemon();
    assert.deepEqual(world.processes(), [world.daemonPid()]);
  }
});
