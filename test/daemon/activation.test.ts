import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, renameSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from '@tenure/client';
import { until } from '../e2e/until.js';
import { DAEMON, World } from '../e2e/world.js';
import { socketFdOfServer } from './server_descriptor.js';

test('a socket that systemd made is served, and left in its place', async (t) => {
  const world = new World(t);
  const path = join(world.folder, 'unit.sock');
  const server = createServer().listen(path);
  await once(server, 'listening');
  const child = spawn(
    'sh',
    ['-c', 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$1" --foreground', process.execPath, DAEMON],
    {
      env: world.env,
      stdio: ['ignore', 'ignore', 'ignore', socketFdOfServer(server)],
    },
  );
  // Closing it here would unlink the path; systemd does not.
  renameSync(path, `${path}.x`);
  server.close();
  await once(server, 'close');
  renameSync(`${path}.x`, path);
  const ended = once(child, 'exit');
  const client = await connect({ socketPath: path, autostart: false });
  t.after(() => client.close());
  const { status } = await until('the status', async () => await client.health.getStatus().catch(() => undefined));
  assert.equal(status?.socketPath, path);
  assert.equal(status?.pid, child.pid);
  await client.close();
  child.kill('SIGTERM');
  assert.deepEqual((await ended)[0], 0);
  assert.ok(lstatSync(path).isSocket());
});
