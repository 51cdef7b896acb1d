import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { durationFromMillis, SessionState } from '@tenure/client';
import { Terminal } from '../cli/terminal.js';
import { allLeases } from './lease_views.js';
import { isThere, launch, list, sessionWorld, status, untilEnded, untilGone, untilPrinted } from './session_world.js';
import { until } from './until.js';

const skip = !existsSync('/usr/bin/script') && 'needs script(1) of util-linux';
const UNTIL_GO = 'while [ ! -e go ]; do sleep 0.05; done';

describe('the end of a session', () => {
  test('stop ends all of it, in sessions of their own too, and nothing else; who and why is kept', async (t) => {
    const world = sessionWorld(t);
    const bystander = world.start('sleep', ['60']);
    const script = 'trap "" TERM; setsid sleep 61 & echo "shell $!"; sleep 62 & echo "child $!"; wait; wait; sleep 63';
    const id = await launch(world, ['--', 'sh', '-c', script]);
    const pids = [await untilPrinted(world, id, /^shell/), await untilPrinted(world, id, /^child/)].map((line) =>
      Number(line.split(' ')[1]),
    );
    const main = (await status(world, id)).process?.pid ?? 0;
    const stopped = await world.run([
      'session',
      'stop',
      id.slice(0, 7),
      '--grace',
      '300ms',
      '--reason',
      'wrong branch',
    ]);
    assert.equal(stopped.code, 0, stopped.stderr);
    assert.match(stopped.stdout, new RegExp(`^${id}: cancelled, \\d+ processes ended\n$`));
    for (const pid of [...pids, main]) assert.ok(!isThere(pid), `${pid} is still there`);
    assert.ok(isThere(bystander.pid));
    const ended = await status(world, id);
    assert.deepEqual(ended.stop, { by: 'client', uid: process.getuid?.(), reason: 'wrong branch' });
    assert.equal((await world.run(['session', 'wait', id])).code, 130);
    const client = await world.connect();
    await until('the directory to be free', async () => (await allLeases(client)).length === 0);
    const again = await world.run(['session', 'stop', id]);
    assert.deepEqual([again.code, again.stdout], [0, `${id}: cancelled, nothing of it ran\n`]);
  });

  test('a wait gives up at its own time, and the session goes on', async (t) => {
    const world = sessionWorld(t);
    const id = await launch(world, ['--', 'sleep', '60']);
    const late = await world.run(['session', 'wait', id, '--timeout', '100ms']);
    assert.equal(late.code, 75);
    assert.equal((await status(world, id)).state, 'running');
  });

  test('a wait of weeks lasts until the end, though no timer is as long', async (t) => {
    const world = sessionWorld(t);
    const id = await launch(world, ['--', 'sh', '-c', `${UNTIL_GO}; exit 3`]);
    const waiting = world.tenure(['session', 'wait', id, '--timeout', '30d']);
    const client = await world.connect();
    // What gives up at once would have by the time that another call is answered twice.
    for (let calls = 0; calls < 2; calls += 1)
      await client.sessions.waitSession({ sessionId: id, timeout: durationFromMillis(500) });
    writeFileSync(join(world.folder, 'go'), '');
    const { code, stdout } = await waiting.ended;
    assert.deepEqual([code, stdout], [3, `${id}: blocked 3\n`]);
  });

  test('Ctrl-C on launch --wait stops the session and shows its last words', { skip }, async (t) => {
    const world = sessionWorld(t);
    const script = 'trap "echo parting; exit 9" TERM; echo ready; while :; do sleep 0.05; done';
    const terminal = new Terminal(world, ['session', 'launch', '--wait', '--', 'sh', '-c', script], {
      HOME: world.env['HOME'],
    });
    await terminal.shows('ready');
    terminal.type('\x03');
    await terminal.shows('parting');
    assert.equal(await terminal.end(), 130);
    const [session] = (await list(world, '--ended')).sessions;
    assert.deepEqual([session?.outcome, session?.exitCode], ['cancelled', 9]);
  });

  test('a caller that is killed leaves the session running', async (t) => {
    const world = sessionWorld(t);
    const waiting = world.tenure([
      'session',
      'launch',
      '--wait',
      '--',
      'sh',
      '-c',
      `echo ready; ${UNTIL_GO}; echo done`,
    ]);
    await waiting.line(/^ready$/);
    waiting.kill('SIGKILL');
    await waiting.ended;
    const [session] = (await list(world)).sessions;
    writeFileSync(join(world.folder, 'go'), '');
    const id = session?.sessionId ?? '';
    assert.equal((await untilEnded(world, id)).outcome, 'success');
    assert.equal((await world.run(['session', 'logs', id])).stdout, 'ready\ndone\n');
  });

  test('the daemon’s death is no matter to the session, nor to who waits for it', async (t) => {
    const world = sessionWorld(t);
    const waiting = world.tenure([
      'session',
      'launch',
      '--wait',
      '--',
      'sh',
      '-c',
      `echo ready; ${UNTIL_GO}; echo done; exit 7`,
    ]);
    const logs = async () => {
      const [session] = (await list(world)).sessions;
      return world.tenure(['session', 'logs', '-f', session?.sessionId ?? '']);
    };
    await waiting.line(/^ready$/);
    const following = await logs();
    await following.line(/^ready$/);
    process.kill(world.daemonPid(), 'SIGKILL');
    writeFileSync(join(world.folder, 'go'), '');
    const ended = await waiting.ended;
    assert.deepEqual([ended.code, ended.stdout], [7, 'ready\ndone\n']);
    assert.match(ended.stderr, /the daemon is away/);
    assert.equal((await following.ended).stdout, 'ready\ndone\n');
    const [session] = (await list(world, '--ended')).sessions;
    assert.deepEqual([session?.outcome, session?.exitCode], ['failure', 7]);
  });

  test('a restart in order is no end to who waits, with or without a time of their own', async (t) => {
    const world = sessionWorld(t);
    const script = `echo ready; ${UNTIL_GO}; echo done; exit 7`;
    const waiting = world.tenure(['session', 'launch', '--wait', '--', 'sh', '-c', script]);
    await waiting.line(/^ready$/);
    const [session] = (await list(world)).sessions;
    const sessionId = session?.sessionId ?? '';
    const client = await world.connect();
    const timeout = durationFromMillis(600_000);
    const waits = [client.sessions.waitSession({ sessionId }), client.sessions.waitSession({ sessionId, timeout })];
    // On the same connection: once it is answered, the waits have begun.
    await client.sessions.getSession({ sessionId });
    const before = world.daemonPid();
    assert.equal((await world.run(['daemon', 'restart'])).code, 0);
    assert.notEqual(world.daemonPid(), before);
    assert.equal((await status(world, sessionId)).state, 'running');
    writeFileSync(join(world.folder, 'go'), '');
    const ended = await waiting.ended;
    assert.deepEqual([ended.code, ended.stdout], [7, 'ready\ndone\n'], ended.stderr);
    for (const answer of await Promise.all(waits)) {
      assert.deepEqual([answer.session?.state, answer.session?.exitCode], [SessionState.ENDED, 7]);
    }
  });

  test('an end that happens while no daemon runs is known to the next one', async (t) => {
    const world = sessionWorld(t);
    const id = await launch(world, ['--', 'sh', '-c', `${UNTIL_GO}; echo late; exit 4`]);
    const pid = (await status(world, id)).process?.pid ?? 0;
    process.kill(world.daemonPid(), 'SIGKILL');
    writeFileSync(join(world.folder, 'go'), '');
    await untilGone(pid);
    // Its shim writes the end down a moment after it.
    const ended = await untilEnded(world, id);
    assert.deepEqual([ended.outcome, ended.exitCode], ['nothing-ready', 4]);
    assert.equal((await world.run(['session', 'logs', id])).stdout, 'late\n');
  });

  test('a group is listed, stopped and forgotten as one', async (t) => {
    const world = sessionWorld(t);
    const ids: string[] = [];
    for (const _ of [1, 2, 3]) ids.push(await launch(world, ['--force', '-g', 'g', '--', 'sleep', '60']));
    const other = await launch(world, ['--force', '--', 'sleep', '60']);
    assert.deepEqual((await list(world, '-g', 'g')).sessions.map(({ sessionId }) => sessionId).sort(), ids.toSorted());
    assert.equal((await world.run(['session', 'stop', '-g', 'g'])).code, 0);
    assert.deepEqual(
      (await list(world)).sessions.map(({ sessionId }) => sessionId),
      [other],
    );
    assert.equal((await world.run(['session', 'prune', '-g', 'g'])).stdout, '3 sessions forgotten\n');
    assert.deepEqual(
      (await list(world, '--ended')).sessions.map(({ sessionId }) => sessionId),
      [other],
    );
    assert.equal((await world.run(['session', 'status', ids[0] ?? ''])).code, 66);
  });

  test('a watch tells of launches and ends', async (t) => {
    const world = sessionWorld(t);
    const first = await launch(world, ['--', 'sh', '-c', UNTIL_GO]);
    const watch = world.tenure(['session', 'watch', '--json']);
    const snapshot = JSON.parse(await watch.line(/"snapshot"/));
    assert.equal(snapshot.session.sessionId, first);
    await watch.line(/"synced"/);
    const second = await launch(world, ['--force', '--', 'true']);
    await watch.line(new RegExp(`"added".*${second}`));
    writeFileSync(join(world.folder, 'go'), '');
    const ended = JSON.parse(await watch.line(new RegExp(`"ended".*${first}`)));
    assert.deepEqual([ended.session.state, ended.session.outcome], ['ended', 'success']);
    watch.kill('SIGTERM');
    await watch.ended;
  });

  test('only the newest output is kept, and a follower of what is dropped goes on', async (t) => {
    const world = sessionWorld(t);
    const script =
      'i=0; while [ $i -lt 60 ]; do head -c 100000 /dev/zero | tr "\\0" "$((i % 10))"; i=$((i + 1)); done; echo; echo end';
    const id = await launch(world, ['--output-bytes', '1MiB', '--', 'sh', '-c', script]);
    await untilEnded(world, id);
    const { stdout } = await world.run(['session', 'logs', id]);
    assert.ok(stdout.endsWith('9\nend\n'));
    assert.ok(stdout.length >= 1024 * 1024 && stdout.length < 4 * 1024 * 1024, `${stdout.length}`);
    assert.equal((await world.run(['session', 'logs', '--tail', '1', id])).stdout, 'end\n');
    assert.equal((await world.run(['session', 'logs', '--tail', '6B', id])).stdout, '9\nend\n');
  });
});

test('nothing is left of a session that ended', async (t) => {
  const world = sessionWorld(t);
  assert.equal((await world.run(['session', 'launch', '--wait', '--', 'sh', '-c', 'echo x'])).code, 0);
  await until('only the daemon to be left', () => world.processes().length === 1);
});
