import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { allLeases } from './lease_views.js';
import { launch, list, sessionWorld, status, untilEnded, untilPrinted } from './session_world.js';
import { until } from './until.js';

const UNTIL_GO = 'while [ ! -e go ]; do sleep 0.05; done';

describe('tenure session launch', () => {
  test('a command runs with the caller’s environment, in its directory, and outlives the caller', async (t) => {
    const world = sessionWorld(t);
    const agent = world.script('agent', [
      'echo "key=$KEY session=$TENURE_SESSION_ID in $(pwd)"',
      'echo complaint >&2',
      `cd "${world.folder}"; ${UNTIL_GO}`,
      'exit 3',
    ]);
    const work = join(world.folder, 'work');
    mkdirSync(work);
    const id = await launch(world, ['-C', 'work', '-g', 'g', '--', agent], {
      env: { KEY: 'k', TENURE_SESSION_ID: 'sothersession' },
    });
    const line = await untilPrinted(world, id, /^key=/);
    assert.equal(line, `key=k session=${id} in ${work}`);
    const running = await status(world, id.slice(0, 6));
    assert.deepEqual([running.sessionId, running.state, running.directory, running.group], [id, 'running', work, 'g']);
    const [lease] = await allLeases(await world.connect());
    assert.equal(lease?.resource, `dir${work}`);
    assert.deepEqual(running.leaseIds, [lease?.leaseId]);
    assert.deepEqual(
      (await list(world)).sessions.map(({ sessionId }) => sessionId),
      [id],
    );

    writeFileSync(join(world.folder, 'go'), '');
    const waited = await world.run(['session', 'wait', id]);
    assert.deepEqual([waited.code, waited.stdout], [3, `${id}: blocked 3\n`]);
    const ended = await status(world, id);
    assert.deepEqual([ended.state, ended.outcome, ended.exitCode], ['ended', 'blocked', 3]);
    const logs = await world.run(['session', 'logs', id]);
    assert.deepEqual([logs.stdout, logs.stderr], [`${line}\n`, 'complaint\n']);
    assert.deepEqual((await list(world)).sessions, []);
    assert.equal((await list(world, '--ended', '--group', 'g')).sessions.length, 1);
    await until('the directory to be free', async () => (await allLeases(await world.connect())).length === 0);
  });

  test('--wait ends as the session does, whatever its end', async (t) => {
    const world = sessionWorld(t);
    const ends: [number, ...string[]][] = [
      [0, '--', 'true'],
      [7, '--', 'sh', '-c', 'exit 7'],
      [143, '--', 'sh', '-c', 'kill -TERM $$'],
      [137, '--', 'sh', '-c', 'kill -KILL $$'],
      // A code that says 143, and no signal.
      [143, '--', 'sh', '-c', 'exit 143'],
      [124, '--timeout', '300ms', '--', 'sleep', '60'],
      [124, '--stall', '300ms', '--stop-on-stall', '--', 'sleep', '60'],
      [127, '--', 'no-such-program'],
      [126, '--', '/etc'],
    ];
    for (const [code, ...args] of ends) {
      const ended = await world.run(['session', 'launch', '--wait', ...args]);
      assert.equal(ended.code, code, `${args.join(' ')}: ${ended.stderr}`);
    }
    const outcomes = (await list(world, '--ended')).sessions.map(({ outcome, exitCode, signal }) => [
      outcome,
      exitCode ?? signal,
    ]);
    assert.deepEqual(outcomes.reverse().slice(0, 5), [
      ['success', 0],
      ['failure', 7],
      ['signal', 15],
      ['signal', 9],
      ['failure', 143],
    ]);
  });

  test('an adapter that is not there is answered with the near one, and with all there are', async (t) => {
    const world = sessionWorld(t);
    const ended = await world.run(['session', 'launch', '--adapter', 'claude', '--prompt', 'x']);
    assert.deepEqual([ended.code, ended.stdout], [69, '']);
    assert.match(ended.stderr, /no adapter claude; did you mean claude-code\? there are: .*codex.*\n/);
    const far = await world.run(['session', 'launch', '--adapter', 'nobody', '--prompt', 'x']);
    assert.match(far.stderr, /no adapter nobody; there are: .*claude-code/);
  });

  test('--wait hands both streams through, byte for byte and apart', async (t) => {
    const world = sessionWorld(t);
    const script = 'printf "a\\0\\377b"; echo err >&2; sleep 0.2; head -c 300000 /dev/zero; echo end >&2';
    const shell = `tenure session launch --wait -- sh -c '${script}' 2>err | od -An -v -tx1 | tr -d ' \\n'`;
    const { stdout } = await world.start('sh', ['-c', shell]).ended;
    assert.equal(stdout, `6100ff62${'00'.repeat(300_000)}`);
    assert.equal((await world.start('cat', ['err']).ended).stdout, 'err\nend\n');
  });

  test('a prompt is what a command reads; --stdin keeps its input open for send', async (t) => {
    const world = sessionWorld(t);
    const reads = await world.run(['session', 'launch', '--wait', '-', '--', 'cat'], { input: 'from\nthe pipe' });
    assert.deepEqual([reads.code, reads.stdout], [0, 'from\nthe pipe']);
    const nothing = await world.run(['session', 'launch', '--wait', '--', 'cat'], { input: 'not for it' });
    assert.deepEqual([nothing.code, nothing.stdout], [0, '']);

    const loop = 'echo ready; while read line; do echo "got $line"; done; echo over';
    const id = await launch(world, ['--stdin', '--', 'sh', '-c', loop]);
    await untilPrinted(world, id, /^ready$/);
    assert.equal((await world.run(['session', 'send', id, 'hello', 'there'])).code, 0);
    await untilPrinted(world, id, /^got hello there$/);
    const large = `${'x'.repeat(150_000)}\n`;
    assert.equal((await world.run(['session', 'send', id], { input: large })).code, 0);
    await untilPrinted(world, id, /^got x{150000}$/);
    assert.equal((await world.run(['session', 'send', id, '--close'], { input: 'last\n' })).code, 0);
    assert.equal((await untilEnded(world, id)).outcome, 'success');
    assert.match((await world.run(['session', 'logs', '--tail', '2', id])).stdout, /^got last\nover\n$/);
    assert.equal((await world.run(['session', 'send', id, 'x'])).code, 64);
  });

  test('a directory has one session: others are told who, unless forced, and those of its own are let in', async (t) => {
    const world = sessionWorld(t);
    const id = await launch(world, ['--', 'sh', '-c', `tenure run "dir${world.folder}" -- echo nested; ${UNTIL_GO}`]);
    await untilPrinted(world, id, /^nested$/);
    const held = await world.run(['session', 'launch', '--', 'true']);
    assert.deepEqual([held.code, held.stdout], [75, '']);
    assert.match(held.stderr, new RegExp(`is held by session ${id} `));
    assert.equal((await world.run(['session', 'launch', '--wait', '--force', '--', 'true'])).code, 0);
    assert.equal((await world.run(['run', `dir${world.folder}`, '--', 'true'])).code, 75);
    const elsewhere = join(world.folder, 'other');
    mkdirSync(elsewhere);
    assert.equal((await world.run(['session', 'launch', '--wait', '-C', elsewhere, '--', 'true'])).code, 0);
    writeFileSync(join(world.folder, 'go'), '');
    await untilEnded(world, id);
  });

  test('a session launches another in its own directory, which knows where it came from', async (t) => {
    const world = sessionWorld(t);
    const outer = await world.run([
      'session',
      'launch',
      '--wait',
      '--',
      'tenure',
      'session',
      'launch',
      '--wait',
      '--json',
      '--',
      'true',
    ]);
    assert.equal(outer.code, 0, outer.stderr);
    const inner = JSON.parse(outer.stdout).session;
    const sessions = (await list(world, '--ended')).sessions.map(({ sessionId }) => sessionId);
    assert.deepEqual(sessions, [inner.sessionId, inner.parentSessionId]);
  });

  test('hooks run before and after it, and what became of them is told', async (t) => {
    const world = sessionWorld(t);
    const onComplete = 'echo "$TENURE_SESSION_ID $TENURE_SESSION_OUTCOME" >> hooks';
    const hooks = ['--on-create', 'echo before >> hooks', '--on-complete', onComplete];
    const id = await launch(world, [...hooks, '--', 'sh', '-c', 'echo it >> hooks; exit 5']);
    await until('both hooks', async () => (await status(world, id)).hooks.length === 2);
    const { stdout } = await world.start('cat', ['hooks']).ended;
    assert.equal(stdout, `before\nit\n${id} work-failed\n`);
    const failed = await world.run(['session', 'launch', '--on-create', 'exit 9', '--', 'touch', 'ran']);
    assert.equal(failed.code, 69);
    assert.match(failed.stderr, /on-create/);
    assert.equal((await world.start('test', ['-e', 'ran']).ended).code, 1);
    assert.equal((await list(world, '--ended')).sessions.length, 1);
  });
});
