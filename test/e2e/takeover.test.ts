import assert from 'node:assert/strict';
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isTenureError, LastExit } from '@tenure/client';
import { until } from './until.js';
import { DAEMON, World } from './world.js';

const startBare = (world: World) => world.start(process.execPath, [DAEMON]);

describe('one daemon', () => {
  test('a second one says who is running, and disturbs nothing', async (t) => {
    const world = new World(t);
    const first = await world.startDaemon();
    const second = await startBare(world).ended;
    assert.equal(second.code, 75);
    assert.match(second.stderr, new RegExp(`tenured is already running \\(pid ${first.pid}\\)`));
    assert.equal((await world.run(['lease', 'list'])).code, 0);
    assert.equal(world.daemonPid(), first.pid);
  });

  test('of four started at the same time exactly one serves', async (t) => {
    const world = new World(t);
    const all = [startBare(world), startBare(world), startBare(world), startBare(world)];
    await until('three to give up', () => all.filter((each) => each.isRunning).length === 1);
    const codes = await Promise.all(all.filter((each) => !each.isRunning).map(async (each) => (await each.ended).code));
    assert.deepEqual(codes, [75, 75, 75]);
    await until('the fourth to serve', async () => (await world.run(['lease', 'list'])).code === 0);
    // Commands that found nobody serving have started some more.
    await until('the others to be gone', () => world.processes().length === 1);
    assert.deepEqual(world.processes(), [world.daemonPid()]);
  });

  test('a stale socket after a crash is replaced, and the crash is told', async (t) => {
    const world = new World(t);
    const first = await world.startDaemon();
    first.kill('SIGKILL');
    await first.ended;
    assert.ok(lstatSync(world.socketPath).isSocket(), 'the crash left its socket');
    await world.startDaemon();
    const { status } = await (await world.connect()).health.getStatus();
    assert.equal(status?.lastExit, LastExit.CRASHED);
    assert.match(readFileSync(join(world.stateDir, 'tenured.log'), 'utf8'), /daemon\.crash_recovered/);
  });

  test('after an orderly end nothing speaks of a crash', async (t) => {
    const world = new World(t);
    const first = await world.startDaemon();
    first.kill('SIGTERM');
    assert.equal((await first.ended).code, 0);
    assert.equal(existsSync(world.socketPath), false);
    await world.startDaemon();
    const { status } = await (await world.connect()).health.getStatus();
    assert.equal(status?.lastExit, LastExit.CLEAN);
    assert.equal(status?.startCount, 2n);
  });

  test('a file that is no socket is never deleted', async (t) => {
    const world = new World(t);
    mkdirSync(world.stateDir, { mode: 0o700 });
    writeFileSync(world.socketPath, 'precious');
    const ended = await startBare(world).ended;
    assert.equal(ended.code, 73);
    assert.match(ended.stderr, /tenure\.sock/);
    assert.equal(readFileSync(world.socketPath, 'utf8'), 'precious');
  });

  test('a socket on which another program answers is left to it', async (t) => {
    const world = new World(t);
    mkdirSync(world.stateDir, { mode: 0o700 });
    const other = createServer((socket) => socket.on('error', () => socket.destroy()).end('hello'));
    await new Promise<void>((resolve) => other.listen(world.socketPath, resolve));
    t.after(() => new Promise((resolve) => other.close(resolve)));
    const ended = await startBare(world).ended;
    assert.ok([73, 75].includes(ended.code), `${ended.code}`);
    assert.match(ended.stderr, new RegExp(`tenure\\.sock|pid ${process.pid}\\b`));
    assert.ok(lstatSync(world.socketPath).isSocket());
    assert.ok(other.listening);
  });

  test('a path of more than 107 bytes is refused with its length', async (t) => {
    const world = new World(t);
    const path = join(world.folder, 'x'.repeat(120));
    const ended = await world.start(process.execPath, [DAEMON], { env: { TENURE_SOCKET: path } }).ended;
    assert.ok([73, 78].includes(ended.code), `${ended.code}`);
    assert.match(ended.stderr, /107/);
  });

  test('a state folder in which others may write is refused', async (t) => {
    const world = new World(t);
    mkdirSync(world.stateDir);
    chmodSync(world.stateDir, 0o777);
    const ended = await startBare(world).ended;
    assert.equal(ended.code, 73);
    assert.match(ended.stderr, /shared with other users/);
  });
});

describe('shutdown', () => {
  test('ends watches with UNAVAILABLE, and a held lease survives it', async (t) => {
    const world = new World(t);
    const daemon = await world.startDaemon();
    const client = await world.connect();
    const breaks: Error[] = [];
    const stop = new AbortController();
    const watching = (async () => {
      for await (const _ of client.watchLeases({ signal: stop.signal, onBreak: (error) => breaks.push(error) }));
    })();
    assert.equal((await world.run(['lease', 'acquire', 'kept', '--ttl', '1h'])).code, 0);
    daemon.kill('SIGTERM');
    assert.equal((await daemon.ended).code, 0);
    await until('the watch to break', () => breaks.length > 0);
    assert.ok(isTenureError(breaks[0]), `${breaks[0]}`);
    await world.startDaemon();
    const list = await (await world.connect()).leases.listLeases();
    assert.deepEqual(
      list.leases.map(({ resource }) => resource),
      ['kept'],
    );
    stop.abort();
    await watching;
  });

  test('a second signal ends at once what an open call would delay', async (t) => {
    const world = new World(t);
    const daemon = await world.startDaemon();
    assert.equal((await world.run(['lease', 'acquire', 'r'])).code, 0);
    const waiter = world.tenure(['lease', 'acquire', 'r', '--wait', 'forever']);
    const client = await world.connect();
    await until('the waiter', async () => (await client.leases.explainResource({ resource: 'r' })).queue.length === 1);
    daemon.kill('SIGTERM');
    daemon.kill('SIGINT');
    await daemon.ended;
    waiter.kill('SIGKILL');
    await world.startDaemon();
    assert.equal((await (await world.connect()).leases.listLeases()).leases.length, 1);
  });
});
