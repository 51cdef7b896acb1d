import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import type { Peer } from '../../src/rpc/context.js';
import { unary } from '../../src/rpc/handlers.js';
import type { RpcServer } from '../../src/rpc/server.js';
import { firstLine, identityOf, start, until } from '../os/child_process.js';
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
  assert.ok(delay < 1000, `seen after ${delay} ms`);
  await until(() => server.connectionCount === 0, 'nothing is left of the connection');
  assert.equal(calls, 1);
  await new Promise<void>((resolve) => {
    server.onConnectionEnd(connectionId, resolve);
  });
});

const namespaces = spawnSync('unshare', ['--pid', '--fork', '--map-root-user', 'true']).status === 0;

test('a peer in another pid namespace has no process that could be attached', { skip: !namespaces }, async (t) => {
  const { path, peers } = await servingPeers(t);
  const child = start(t, 'unshare', ['--pid', '--fork', '--kill-child', '--map-root-user', ...NODE, path]);
  assert.equal(await firstLine(child), 'called');
  assert.equal(peers[0]?.process, undefined);
  assert.equal(peers[0]?.executable, process.execPath);
});
