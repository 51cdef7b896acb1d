// needs: root setpriv
import assert from 'node:assert/strict';
import { chmodSync, chownSync, lstatSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { CLI, DAEMON, World } from '../e2e/world.js';

const NOBODY = 65_534;
const asNobody = ['--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups'];

/** Opens all that file modes guard, so that only the kernel's word on the peer is left. */
function openWide(world: World): void {
  for (const folder of [world.folder, world.stateDir]) chmodSync(folder, 0o755);
  chmodSync(world.socketPath, 0o666);
}

describe('another user', () => {
  test('is refused by the kernel’s word, whatever the file modes say', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    openWide(world);
    const env = { TENURE_SOCKET: world.socketPath, TENURE_AUTOSTART: '0' };
    const ended = await world.start('setpriv', [...asNobody, process.execPath, CLI, 'lease', 'list'], { env, cwd: '/' })
      .ended;
    assert.equal(ended.code, 77, ended.stderr);
    assert.equal((await world.run(['lease', 'list'])).code, 0);
  });

  test('gets the role that the configuration gives, and no more', async (t) => {
    const world = new World(t, { config: `peers:\n  - uid: ${NOBODY}\n    role: viewer\n` });
    await world.startDaemon();
    openWide(world);
    const env = { TENURE_SOCKET: world.socketPath, TENURE_AUTOSTART: '0' };
    const tenure = (...args: string[]) =>
      world.start('setpriv', [...asNobody, process.execPath, CLI, ...args], { env, cwd: '/' }).ended;
    const listed = await tenure('lease', 'list');
    assert.equal(listed.code, 0, listed.stderr);
    const acquired = await tenure('lease', 'acquire', 'r');
    assert.equal(acquired.code, 77, acquired.stderr);
    assert.match(acquired.stderr, /viewer/);
    assert.equal(lstatSync(world.socketPath).uid, 0);
  });

  test('cannot pose as the daemon: a client sends nothing to a socket of theirs', async (t) => {
    const world = new World(t);
    const socketPath = join(world.folder, 'theirs.sock');
    let received = 0;
    const server = createServer((socket) => {
      socket.on('data', (bytes) => {
        received += bytes.length;
      });
    });
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    t.after(() => new Promise((resolve) => server.close(resolve)));
    chownSync(socketPath, NOBODY, NOBODY);
    const ended = await world.run(['lease', 'list'], { env: { TENURE_SOCKET: socketPath } });
    assert.equal(ended.code, 77, ended.stderr);
    assert.equal(received, 0);
  });

  test('keeps their socket: a daemon does not take its place', async (t) => {
    const world = new World(t);
    const socketPath = join(world.folder, 'theirs.sock');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    t.after(() => new Promise((resolve) => server.close(resolve)));
    chownSync(socketPath, NOBODY, NOBODY);
    const ended = await world.start(process.execPath, [DAEMON], { env: { TENURE_SOCKET: socketPath } }).ended;
    assert.notEqual(ended.code, 0);
    assert.match(ended.stderr, /theirs\.sock/);
    assert.equal(lstatSync(socketPath).uid, NOBODY);
  });
});
