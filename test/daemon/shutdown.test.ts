import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { credentials, status as grpcStatus } from '@grpc/grpc-js';
import { HealthCheckResponse_ServingStatus, HealthClient } from '@tenure/client/gen/grpc/health/v1/health';
import { DaemonPhase, HealthServiceClient } from '@tenure/client/gen/tenure/health/v1/health_service';
import type { Session } from '@tenure/client/gen/tenure/session/v1/session';
import { LaunchSessionRequest, SessionServiceClient } from '@tenure/client/gen/tenure/session/v1/session_service';
import { until } from '../e2e/until.js';
import { World } from '../e2e/world.js';

test('watchers hear of the end, then their streams end, and the record says that all was in order', async (t) => {
  const world = new World(t);
  const daemon = await world.startDaemon();
  const address = `unix:${world.socketPath}`;
  const health = new HealthServiceClient(address, credentials.createInsecure());
  const probe = new HealthClient(address, credentials.createInsecure());
  t.after(() => {
    health.close();
    probe.close();
  });
  const statuses = health.watchStatus({ interval: undefined });
  const servings = probe.watch({ service: 'tenure.lease.v1.LeaseService' });
  const phases: number[] = [];
  const served: number[] = [];
  statuses.on('data', ({ status }) => phases.push(status.phase));
  servings.on('data', ({ status }) => served.push(status));
  const ends = Promise.all([once(statuses, 'error'), once(servings, 'error')]);
  await Promise.all([once(statuses, 'data'), once(servings, 'data')]);
  daemon.kill('SIGTERM');
  for (const [error] of await ends) {
    assert.equal(error.code, grpcStatus.UNAVAILABLE);
    assert.match(error.details, /shutting down/);
  }
  assert.deepEqual([phases[0], phases.at(-1)], [DaemonPhase.SERVING, DaemonPhase.DRAINING]);
  const { SERVING, NOT_SERVING } = HealthCheckResponse_ServingStatus;
  assert.deepEqual(served, [SERVING, NOT_SERVING]);
  assert.equal((await daemon.ended).code, 0);
  assert.ok(!existsSync(world.socketPath));
  assert.equal(JSON.parse(readFileSync(join(world.stateDir, 'daemon.json'), 'utf8')).stopped, true);
});

test('the second signal does not wait for a client that holds the first one up', async (t) => {
  const world = new World(t);
  const daemon = await world.startDaemon();
  // No window: what the daemon writes never leaves it, not even the end of the stream.
  const client = connect('http://localhost', {
    createConnection: () => createConnection(world.socketPath),
    settings: { initialWindowSize: 0 },
  });
  t.after(() => client.destroy());
  client.on('error', () => client.destroy());
  const call = client.request({
    ':method': 'POST',
    ':path': '/tenure.health.v1.HealthService/WatchStatus',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  call.on('error', () => call.destroy());
  // An empty message in gRPC's framing.
  call.end(Buffer.alloc(5));
  await once(call, 'response');
  daemon.kill('SIGTERM');
  // Gone with the first signal.
  await until('the end of the socket', () => !existsSync(world.socketPath));
  const began = performance.now();
  daemon.kill('SIGTERM');
  const { code } = await daemon.ended;
  assert.equal(code, 143);
  assert.ok(performance.now() - began < 10_000);
});

test('the first signal drains: launches under way finish, new ones are told; their sessions live on', async (t) => {
  const world = new World(t);
  const daemon = await world.startDaemon();
  const address = `unix:${world.socketPath}`;
  const connection = () => new SessionServiceClient(address, credentials.createInsecure());
  const [first, second] = [connection(), connection()];
  t.after(() => {
    first.close();
    second.close();
  });
  const launch = (client: SessionServiceClient, fields: Partial<LaunchSessionRequest>) =>
    new Promise<Session | string>((resolve) => {
      const request = { ...LaunchSessionRequest.decode(new Uint8Array()), directory: world.folder, ...fields };
      client.launchSession(request, (error, answer) => {
        if (error !== null) resolve(`${error.code} ${error.details}`);
        else resolve(answer.outcome?.$case === 'launched' ? answer.outcome.value : 'held');
      });
    });
  await new Promise<void>((resolve) => second.listAdapters({}, () => resolve()));
  // Under way until its on-create command finds the file.
  const onCreate = `touch begun; until [ -e go ]; do sleep 0.05; done`;
  const underWay = launch(first, { command: ['sleep', '60'], onCreate });
  await until('the launch to be under way', () => existsSync(join(world.folder, 'begun')));
  daemon.kill('SIGTERM');
  await until('the end of the socket', () => !existsSync(world.socketPath));
  assert.match(String(await launch(second, { command: ['true'] })), /^14 tenured is shutting down/);
  writeFileSync(join(world.folder, 'go'), '');
  const launched = await underWay;
  assert.ok(typeof launched === 'object', String(launched));
  assert.equal((await daemon.ended).code, 0);
  await world.startDaemon();
  const { stdout } = await world.run(['session', 'status', launched.sessionId, '--json']);
  assert.match(stdout, /"state":"running"/);
  assert.equal((await world.run(['session', 'stop', launched.sessionId])).code, 0);
});

test('SIGUSR1 opens no debugger, through which others could read all that the daemon has in memory', async (t) => {
  const world = new World(t);
  const daemon = await world.startDaemon();
  const before = listeningSockets(daemon.pid);
  daemon.kill('SIGUSR1');
  assert.equal((await world.run(['health'])).code, 0);
  assert.deepEqual([listeningSockets(daemon.pid), daemon.output(2)], [before, '']);
});

/** Inodes of the TCP sockets on which a process listens. */
function listeningSockets(pid: number): readonly string[] {
  const own = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`)));
  const rows = ['tcp', 'tcp6'].flatMap((kind) => readFileSync(`/proc/${pid}/net/${kind}`, 'utf8').split('\n'));
  const inodes = rows.map((row) => row.trim().split(/\s+/)).filter(([, , , state]) => state === '0A');
  return inodes.flatMap(([, , , , , , , , , inode]) => (own.has(`socket:[${inode}]`) ? [String(inode)] : []));
}

/** Empty where it was closed meanwhile. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
