import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect, isTenureError, locateDaemon, type Reason } from '@tenure/client';
import { removeFolder } from '../removed_folder.js';

function folderOf(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tnrd-'));
  context.after(() => removeFolder(folder));
  return folder;
}

function remember(stateDir: string, record: unknown): void {
  mkdirSync(stateDir, { recursive: true });
  writeFileSync(join(stateDir, 'daemon.json'), typeof record === 'string' ? record : JSON.stringify(record));
}

test('the named socket comes first, then the one that the daemon wrote down, then the usual one', (context) => {
  const stateDir = folderOf(context);
  const environment = { TENURE_STATE_DIR: stateDir };
  assert.equal(locateDaemon(environment).socketPath, join(stateDir, 'tenure.sock'));
  remember(stateDir, { pid: 7, socketPath: '/run/elsewhere.sock', version: '1.2.3', startCount: 4, stopped: true });
  assert.deepEqual(locateDaemon(environment), {
    stateDir,
    socketPath: '/run/elsewhere.sock',
    record: {
      pid: 7,
      socketPath: '/run/elsewhere.sock',
      version: '1.2.3',
      startCount: 4,
      settled: false,
      stopped: true,
    },
  });
  const named = { ...environment, TENURE_SOCKET: '/tmp/named.sock' };
  assert.equal(locateDaemon(named).socketPath, '/tmp/named.sock');
});

test('a torn or foreign record is no record', (context) => {
  const stateDir = folderOf(context);
  for (const text of ['{"pid": 7, "socke', '[]', '"x"', 'null', '{"socketPath": 7}']) {
    remember(stateDir, text);
    assert.equal(locateDaemon({ TENURE_STATE_DIR: stateDir }).socketPath, join(stateDir, 'tenure.sock'));
  }
});

test("the runtime folder is used where it is; with a state folder of one's own it is not", (context) => {
  const folder = folderOf(context);
  const state = { XDG_STATE_HOME: join(folder, 'state') };
  const withRuntime = locateDaemon({ ...state, XDG_RUNTIME_DIR: folder });
  if (withRuntime.record === undefined) {
    assert.equal(withRuntime.socketPath, join(folder, 'tenure', 'tenure.sock'));
  }
  const own = { TENURE_STATE_DIR: join(folder, 'own'), XDG_RUNTIME_DIR: folder };
  assert.equal(locateDaemon(own).socketPath, join(folder, 'own', 'tenure.sock'));
});

test('HOME does not move the state folder: cron and a login shell find the same daemon', () => {
  const bare = locateDaemon({});
  assert.deepEqual(locateDaemon({ HOME: '/somewhere/else' }), bare);
  if (bare.record === undefined) {
    assert.ok(bare.stateDir.startsWith(join(userInfo().homedir, '.local', 'state', 'tenure')));
  }
});

test("a socket that can't be trusted is not connected to", async (context) => {
  const folder = folderOf(context);
  const server = await listen(context, join(folder, 'own', 'real.sock'));
  assert.ok(server.listening);
  symlinkSync(join(folder, 'own', 'real.sock'), join(folder, 'link.sock'));
  await assertRefused(join(folder, 'link.sock'), 'FOREIGN_SOCKET');
  symlinkSync(join(folder, 'own'), join(folder, 'linked'));
  await assertRefused(join(folder, 'linked', 'real.sock'), 'FOREIGN_SOCKET');
  writeFileSync(join(folder, 'file.sock'), '');
  await assertRefused(join(folder, 'file.sock'), 'FOREIGN_SOCKET');
  chmodSync(join(folder, 'own'), 0o777);
  await assertRefused(join(folder, 'own', 'real.sock'), 'FOREIGN_SOCKET');
});

test('a socket of another user is not connected to', async (context) => {
  if (process.getuid?.() !== 0) {
    // Only root can give a file away.
    return;
  }
  const folder = folderOf(context);
  const path = join(folder, 'own', 'real.sock');
  await listen(context, path);
  chownSync(path, 12_345, 12_345);
  await assertRefused(path, 'FOREIGN_SOCKET');
  chownSync(path, 0, 0);
  chownSync(join(folder, 'own'), 12_345, 12_345);
  await assertRefused(path, 'FOREIGN_SOCKET');
});

test('a path that the system would cut is refused with its length', async () => {
  await assertRefused(`/tmp/${'x'.repeat(103)}`, 'INVALID_FIELD');
});

test('no daemon is UNREACHABLE, at once, with what to do', async (context) => {
  const folder = folderOf(context);
  const begin = performance.now();
  const missing = connect({ socketPath: join(folder, 'none.sock'), autostart: false, timeoutMs: 120_000 });
  await assert.rejects(missing, (error) => {
    assert.ok(isTenureError(error, 'UNREACHABLE'));
    assert.match(error.message, /none\.sock; start it with `tenure daemon start`/);
    return true;
  });
  const server = await listen(context, join(folder, 'closed.sock'));
  // Renamed, it stays when its server ends, as it does after a crash.
  renameSync(join(folder, 'closed.sock'), join(folder, 'stale.sock'));
  await new Promise((resolve) => server.close(resolve));
  await assertRefused(join(folder, 'stale.sock'), 'UNREACHABLE', 120_000);
  assert.ok(performance.now() - begin < 60_000);
});

test('a program that accepts and says nothing is UNREACHABLE in time', async (context) => {
  const folder = folderOf(context);
  const path = join(folder, 'mute.sock');
  await listen(context, path);
  const connecting = connect({ socketPath: path, autostart: false, timeoutMs: 300 });
  await assert.rejects(connecting, (error) => isTenureError(error, 'UNREACHABLE'));
});

async function assertRefused(socketPath: string, reason: Reason, timeoutMs = 60_000): Promise<void> {
  await assert.rejects(connect({ socketPath, autostart: false, timeoutMs }), (error) => {
    assert.ok(isTenureError(error, reason), String(error));
    return true;
  });
}

async function listen(context: TestContext, path: string): Promise<Server> {
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((socket) => sockets.add(socket));
  context.after(() => {
    for (const socket of sockets) {
      socket.destroy();
    }
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return server;
}
