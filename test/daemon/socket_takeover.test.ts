import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { SocketKeeper, type SocketKeeperOptions } from '../../src/daemon/socket_keeper.js';
import { probeSocket } from '../../src/daemon/socket_probe.js';
import { removeSocket, takeSocket } from '../../src/daemon/socket_takeover.js';
import { StartFailure } from '../../src/daemon/start_failure.js';
import { until } from '../e2e/until.js';
import { temporaryFolder } from './temporary_folder.js';

const ownUid = process.getuid?.() ?? 0;
const isRoot = ownUid === 0;

async function take(context: TestContext, path: string, shared = false) {
  const bound = await takeSocket({ place: { path, ownFolder: false }, ownUid, shared });
  context.after(() => {
    bound.server.close();
    removeSocket(bound);
  });
  return bound;
}

async function refused(path: string, exitCode: number, words: RegExp): Promise<void> {
  const taking = takeSocket({ place: { path, ownFolder: false }, ownUid, shared: false });
  await assert.rejects(
    taking,
    (error: unknown) => error instanceof StartFailure && error.exitCode === exitCode && words.test(error.message),
  );
}

/** A socket that nobody listens on, as a killed daemon leaves it. */
async function leaveStaleSocket(path: string): Promise<void> {
  const server = createServer().listen(`${path}.x`);
  await once(server, 'listening');
  renameSync(`${path}.x`, path);
  server.close();
  await once(server, 'close');
}

/** Answers whoever connects with a name. */
function answerAs(name: string): (socket: Socket) => void {
  return (socket) => {
    // A probe only connects, and is gone before the answer.
    socket.on('error', () => socket.destroy());
    socket.end(name);
  };
}

/** Somebody else who listens. */
async function listenAs(context: TestContext, name: string, path: string) {
  const server = createServer(answerAs(name)).listen(path);
  await once(server, 'listening');
  context.after(() => server.close());
  return server;
}

async function whoAnswers(path: string): Promise<string> {
  const socket = connect(path);
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

describe('taking the socket', () => {
  test('makes it for its owner alone and leaves nothing beside it', async (context) => {
    const folder = temporaryFolder(context);
    const path = join(folder, 'd', 't.sock');
    const bound = await take(context, path);
    assert.equal(lstatSync(path).mode & 0o777, 0o600);
    assert.equal(lstatSync(join(folder, 'd')).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(join(folder, 'd')), ['t.sock']);
    bound.server.on('connection', answerAs('me'));
    assert.equal(await whoAnswers(path), 'me');
  });

  test('lets others connect where others are configured', async (context) => {
    const path = join(temporaryFolder(context), 'd', 't.sock');
    await take(context, path, true);
    assert.equal(lstatSync(path).mode & 0o777, 0o666);
    assert.equal(lstatSync(join(path, '..')).mode & 0o777, 0o711);
  });

  test('replaces what a dead daemon left', async (context) => {
    const path = join(temporaryFolder(context), 't.sock');
    await leaveStaleSocket(path);
    const bound = await take(context, path);
    assert.ok(bound.replacedStale);
    bound.server.on('connection', answerAs('me'));
    assert.equal(await whoAnswers(path), 'me');
  });

  test('leaves a live one alone and says whose it is', async (context) => {
    const path = join(temporaryFolder(context), 't.sock');
    await listenAs(context, 'other', path);
    const before = lstatSync(path).ino;
    await refused(path, 75, new RegExp(`\\(pid ${process.pid}\\) listens on .*t.sock already`));
    assert.equal(lstatSync(path).ino, before);
    assert.equal(await whoAnswers(path), 'other');
  });

  test('of many who take it at once exactly one gets it', async (context) => {
    const path = join(temporaryFolder(context), 't.sock');
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => take(context, path)));
    assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal((await probeSocket(path, ownUid)).kind, 'live');
  });

  test('never deletes what is no socket', async (context) => {
    const folder = temporaryFolder(context);
    writeFileSync(join(folder, 'file'), 'precious');
    mkdirSync(join(folder, 'dir'));
    symlinkSync(join(folder, 'file'), join(folder, 'link'));
    for (const name of ['file', 'dir', 'link']) await refused(join(folder, name), 73, /is not one; move it away/);
    assert.equal(readFileSync(join(folder, 'file'), 'utf8'), 'precious');
    assert.deepEqual(readdirSync(folder).toSorted(), ['dir', 'file', 'link']);
  });

  test('refuses a path that the system would cut', async (context) => {
    const folder = temporaryFolder(context);
    const long = (bytes: number) => join(folder, 's'.repeat(bytes - folder.length - 1));
    await refused(long(108), 73, /has 108 bytes, the system allows 107/);
    await take(context, long(107));
  });

  test('refuses a folder in which others could put a socket of theirs', async (context) => {
    const folder = temporaryFolder(context);
    mkdirSync(join(folder, 'open'));
    chmodSync(join(folder, 'open'), 0o777);
    await refused(join(folder, 'open/t.sock'), 73, /others may write/);
    // As /tmp is: there nobody can replace another's file.
    chmodSync(join(folder, 'open'), 0o1777);
    await take(context, join(folder, 'open/t.sock'));
    symlinkSync(join(folder, 'open'), join(folder, 'link'));
    await refused(join(folder, 'link/t.sock'), 73, /is a link/);
  });

  test('refuses another user’s socket and folder', { skip: !isRoot && 'needs root' }, async (context) => {
    const folder = temporaryFolder(context);
    const path = join(folder, 't.sock');
    await leaveStaleSocket(path);
    chownSync(path, 65_534, 65_534);
    await refused(path, 73, /belongs to uid 65534/);
    mkdirSync(join(folder, 'theirs'));
    chownSync(join(folder, 'theirs'), 65_534, 65_534);
    await refused(join(folder, 'theirs/t.sock'), 73, /belongs to uid 65534/);
  });
});

describe('keeping the socket', () => {
  /** A keeper whose connections are answered with `me`. */
  async function keep(context: TestContext, path: string, more: Partial<SocketKeeperOptions> = {}) {
    const healed: string[] = [];
    const trouble: (string | undefined)[] = [];
    const keeper = await SocketKeeper.open({
      places: [{ path, ownFolder: false }],
      ownUid,
      shared: false,
      adopt: async (server) => {
        server.on('connection', answerAs('me'));
      },
      onHealed: (where) => healed.push(where),
      onTrouble: (message) => trouble.push(message),
      checkMs: 10,
      ...more,
    });
    context.after(() => keeper.close());
    return { keeper, healed, trouble };
  }

  test('binds again when somebody deletes it', async (context) => {
    const path = join(temporaryFolder(context), 't.sock');
    const { healed } = await keep(context, path);
    unlinkSync(path);
    await until('the healed socket', () => healed.length > 0);
    assert.equal(await whoAnswers(path), 'me');
  });

  test('binds again over a dead one, and never over a file', async (context) => {
    const path = join(temporaryFolder(context), 't.sock');
    const { healed, trouble } = await keep(context, path);
    unlinkSync(path);
    await leaveStaleSocket(path);
    await until('the healed socket', () => healed.length > 0);
    unlinkSync(path);
    writeFileSync(path, 'precious');
    await until('the trouble', () => trouble.some((message) => message?.includes('is not one')));
    assert.equal(readFileSync(path, 'utf8'), 'precious');
    unlinkSync(path);
    await until('the end of the trouble', () => trouble.at(-1) === undefined);
    assert.equal(await whoAnswers(path), 'me');
  });

  test('does not push out another who listens there, and comes back when he is gone', async (context) => {
    const path = join(temporaryFolder(context), 't.sock');
    const { trouble } = await keep(context, path);
    unlinkSync(path);
    const other = await listenAs(context, 'other', path);
    await until('the trouble', () => trouble.length > 0);
    assert.match(trouble[0] ?? '', /another program \(pid \d+\) listens/);
    assert.equal(await whoAnswers(path), 'other');
    other.close();
    await until('the end of the trouble', () => trouble.at(-1) === undefined);
    assert.equal(await whoAnswers(path), 'me');
  });

  test('moves where the folder is gone for good, as a runtime folder is at logout', async (context) => {
    const folder = temporaryFolder(context);
    mkdirSync(join(folder, 'run'));
    const [path, fallback] = [join(folder, 'run/tenure/t.sock'), join(folder, 't.sock')];
    const places: SocketKeeperOptions['places'] = [
      { path, ownFolder: true },
      { path: fallback, ownFolder: true },
    ];
    const { keeper, healed } = await keep(context, path, { places });
    renameSync(join(folder, 'run'), join(folder, 'gone'));
    await until('the moved socket', () => healed.includes(fallback));
    assert.equal(keeper.path, fallback);
    assert.equal(await whoAnswers(fallback), 'me');
  });

  test('takes it away at the end, unless it is another’s by then', async (context) => {
    const path = join(temporaryFolder(context), 't.sock');
    const { keeper } = await keep(context, path);
    await keeper.close();
    assert.equal((await probeSocket(path, ownUid)).kind, 'nothing');
    const second = await keep(context, path, { checkMs: 1_000_000 });
    unlinkSync(path);
    await listenAs(context, 'other', path);
    await second.keeper.close();
    assert.equal(await whoAnswers(path), 'other');
  });
});
