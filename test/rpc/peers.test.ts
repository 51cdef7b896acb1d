import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { socketFd } from '../../src/os/peer_credentials.js';
import { isRunning } from '../../src/os/process_facts.js';
import type { Peer } from '../../src/rpc/context.js';
import { unary } from '../../src/rpc/handlers.js';
import { Peers } from '../../src/rpc/peers.js';
import type { RpcServer } from '../../src/rpc/server.js';
import { firstLine, identityOf, start, temporaryFolder, until } from '../os/child_process.js';
import { serving } from './serving.js';

const PROGRAM = new URL('./client_program.ts', import.meta.url).pathname;
const NODE = [process.execPath, '--conditions=tenure-source', '--import', 'tsx', PROGRAM];

async function servingPeers(t: TestContext): Promise<{ path: string; peers: Peer[]; server: RpcServer }> {
  const peers: Peer[] = [];
  const { path, server } = await serving(t, {
    getLease: unary(
      (_request, { peer }) => {
        peers.push(peer);
        return { lease: undefined };
      },
      { role: 'viewer' },
    ),
  });
  return { path, peers, server };
}

test('a peer is the process that the kernel names, with its script and never its arguments', async (t) => {
  const { path, peers } = await servingPeers(t);
  const [command = '', ...args] = NODE;
  const child = start(t, command, [...args, path, 'hunter2']);
  assert.equal(await firstLine(child), 'called');
  const [peer] = peers;
  assert.deepEqual(peer?.process, identityOf(child.pid));
  assert.equal(peer?.uid, process.getuid?.());
  assert.equal(peer?.gid, process.getgid?.());
  assert.equal(peer?.executable, process.execPath);
  assert.equal(peer?.script, PROGRAM);
  assert.equal(peer?.cwd, process.cwd());
  assert.equal(peer?.host, 'testhost');
  assert.equal(peer?.bootId, 'testboot');
  assert.ok(!JSON.stringify(peer).includes('hunter2'));
});

test('the end of a killed peer is seen without delay, by each listener once', async (t) => {
  const { path, peers, server } = await servingPeers(t);
  const [command = '', ...args] = NODE;
  const child = start(t, command, [...args, path]);
  assert.equal(await firstLine(child), 'called');
  const connectionId = peers[0]?.connectionId ?? '';
  let calls = 0;
  const dropped = server.onConnectionEnd(connectionId, () => {
    calls += 100;
  });
  dropped();
  const ended = new Promise<number>((resolve) => {
    server.onConnectionEnd(connectionId, () => {
      calls += 1;
      resolve(performance.now());
    });
  });
  const killed = performance.now();
  child.kill('SIGKILL');
  const delay = (await ended) - killed;
  assert.ok(delay < 10_000, `seen after ${delay} ms`);
  await until(() => server.connectionCount === 0, 'nothing is left of the connection');
  assert.equal(calls, 1);
  await new Promise<void>((resolve) => {
    server.onConnectionEnd(connectionId, resolve);
  });
});

test('a peer that has ended, its connection kept open by a child, is no process any more', async (t) => {
  const path = join(temporaryFolder(t), 's.sock');
  const listening = createServer().listen(path);
  t.after(() => listening.close());
  await once(listening, 'listening');
  const accepted = once(listening, 'connection');
  const code = `
    const socket = require('node:net').connect(process.argv[1], () => {
      const { spawn } = require('node:child_process');
      const keeper = spawn('sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore', socket] });
      console.log(process.pid, keeper.pid);
    });`;
  // Its parent becomes a program that never reaps it: the pid stays taken by a zombie.
  const parent = start(t, 'sh', ['-c', '"$0" "$@" & exec sleep 60', process.execPath, '-e', code, path]);
  const [pid = 0, keeper = 0] = (await firstLine(parent)).split(' ').map(Number);
  t.after(() => process.kill(keeper, 'SIGKILL'));
  const identity = identityOf(pid);
  const [socket] = await accepted;
  assert.ok(socket instanceof Socket);
  t.after(() => socket.destroy());
  const fd = socketFd(socket) ?? -1;
  const peers = new Peers({ host: '', bootId: '', roleOf: () => 'client' });
  const before = peers.identify('c1', fd);
  assert.deepEqual(before.admitted && before.peer.process, identity);
  process.kill(pid, 'SIGKILL');
  await until(() => !isRunning(pid, identity.startTicks), 'the peer ends');
  const after = peers.identify('c1', fd);
  assert.equal(after.admitted, true);
  assert.equal(after.admitted && after.peer.process, undefined);
});

const UNSHARE = '/usr/bin/unshare';
const namespaces = spawnSync(UNSHARE, ['--pid', '--fork', '--map-root-user', 'true']).status === 0;

test('a peer in another pid namespace has no process that could be attached', { skip: !namespaces }, async (t) => {
  const { path, peers } = await servingPeers(t);
  const child = start(t, UNSHARE, ['--pid', '--fork', '--kill-child', '--map-root-user', ...NODE, path]);
  assert.equal(await firstLine(child), 'called');
  assert.equal(peers[0]?.process, undefined);
  assert.equal(peers[0]?.executable, process.execPath);
});
