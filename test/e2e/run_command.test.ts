import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { allLeases, untilFree, untilWaiting } from './lease_views.js';
import { World } from './world.js';

describe('tenure run', () => {
  test('ends as its command does: by code, by signal, not found, not executable', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const codes: Record<string, number> = {};
    for (const command of ['exit 0', 'exit 7', 'exit 75', 'kill -TERM $$', 'kill -KILL $$']) {
      codes[command] = (await world.run(['run', 'r', '--', 'sh', '-c', command])).code;
    }
    assert.deepEqual(codes, { 'exit 0': 0, 'exit 7': 7, 'exit 75': 75, 'kill -TERM $$': 143, 'kill -KILL $$': 137 });
    assert.equal((await world.run(['run', 'r', '--', 'no-such-program'])).code, 127);
    assert.equal((await world.run(['run', 'r', '--', '/etc'])).code, 126);
    writeFileSync(join(world.folder, 'plain.sh'), '#!/bin/sh\n', { mode: 0o644 });
    const plain = await world.run(['run', 'r', '--', './plain.sh']);
    assert.equal(plain.code, 126);
    assert.match(plain.stderr, /'\.\/plain\.sh' is not executable; no lease was taken\n.*chmod \+x \.\/plain\.sh\n/);
    const bare = await world.run(['run', 'r', '--', 'plain.sh']);
    assert.equal(bare.code, 127);
    assert.match(bare.stderr, /not on PATH: write \.\/plain\.sh\n/);
    assert.deepEqual(await allLeases(await world.connect()), []);
  });

  test('gives standard input, output, arguments and working directory to its command untouched', async (t) => {
    const world = new World(t);
    const script = ['-c', 'cat; printf "<%s>" "$@"; pwd >&2', 'sh', 'two words', '', '--json', '$HOME'];
    const ended = await world.run(['run', 'r', '--', 'sh', ...script], { input: 'in\n', cwd: '/usr' });
    assert.equal(ended.stdout, 'in\n<two words><><--json><$HOME>');
    assert.equal(ended.stderr, '/usr\n');
  });

  test('passes TERM on to the command and whatever it started, and gives the lease back', async (t) => {
    const world = new World(t);
    const command = world.script('command.sh', [
      'trap "wait; echo command; exit 5" TERM',
      'sh -c \'trap "echo grandchild; exit" TERM; echo ready; while :; do sleep 0.05; done\' &',
      'wait',
    ]);
    const run = world.tenure(['run', 'r', '--', command]);
    await run.line(/^ready$/);
    run.kill('SIGTERM');
    const ended = await run.ended;
    assert.equal(ended.code, 5);
    assert.match(ended.stdout, /grandchild\ncommand\n/);
    await untilFree(await world.connect(), 'r');
  });

  test('a lease that is lost ends the command, and 76 overrides its success', async (t) => {
    const world = new World(t);
    const ready = 'trap "exit 0" TERM; echo ready; while :; do sleep 0.05; done';
    const run = world.tenure(['run', 'r', '--outcome-fd', '3', '--', 'sh', '-c', ready], { extraPipes: 1 });
    await run.line(/^ready$/);
    assert.equal((await world.run(['lease', 'revoke', '--resource', 'r', '--reason', 'by hand'])).code, 0);
    assert.equal((await run.ended).code, 76);
    assert.match(run.output(3), /"outcome":"lost"/);
    await untilFree(await world.connect(), 'r');
  });

  test('a holder that is asked to yield says who asks, and its command may heed it', async (t) => {
    const world = new World(t);
    const heedful = 'trap "echo given back; exit 0" TERM; echo ready; while :; do sleep 0.05; done';
    const run = world.tenure(['run', 'r', '--on-yield', 'term', '--', 'sh', '-c', heedful]);
    await run.line(/^ready$/);
    const wish = await world.run(['lease', 'yield', 'r', '--reason', 'a release is due']);
    assert.match(wish.stdout, /^asked pid \d+ sh to give back r \(l\w+\)$/m);
    const ended = await run.ended;
    assert.deepEqual([ended.code, ended.stdout], [0, 'ready\ngiven back\n']);
    assert.match(ended.stderr, /asks to give r back: a release is due; sending SIGTERM to the command/);

    const deaf = world.tenure(['run', 'r', '--', 'sh', '-c', 'echo ready; exec sleep 1000']);
    await deaf.line(/^ready$/);
    await world.run(['lease', 'yield', 'r']);
    assert.match((await world.run(['lease', 'explain', 'r'])).stdout, /asked to yield by pid \d+ node/);
    deaf.kill('SIGTERM');
    assert.match((await deaf.ended).stderr, /asks to give r back\n/);
    assert.match((await world.run(['audit', '--action', 'lease.yield_requested'])).stdout, /a release is due/);
  });

  test('max_hold ends a command that never would', async (t) => {
    const world = new World(t);
    const ended = await world.run(['run', 'r', '--max-hold', '300ms', '--', 'sleep', '1000']);
    assert.equal(ended.code, 76);
  });

  test('scripts can choose the codes, and ask for the outcome', async (t) => {
    const world = new World(t);
    assert.equal((await world.run(['lease', 'acquire', 'r'])).code, 0);
    const run = world.tenure(['run', 'r', '--exit-code', 'held=3', '--outcome-fd', '3', '--', 'true'], {
      extraPipes: 1,
    });
    assert.equal((await run.ended).code, 3);
    assert.deepEqual(JSON.parse(run.output(3)).outcome, 'held');
  });

  test('two of a capacity of two run side by side, the third is held', async (t) => {
    const world = new World(t);
    const slot = ['run', 'gpu', '--capacity', '2', '--'];
    const pair = [
      world.tenure([...slot, 'sh', '-c', 'echo in; exec sleep 1000']),
      world.tenure([...slot, 'sh', '-c', 'echo in; exec sleep 1000']),
    ];
    for (const each of pair) await each.line(/^in$/);
    assert.equal((await world.run([...slot, 'true'])).code, 75);
    const other = await world.run(['run', 'gpu', '--capacity', '3', '--', 'true']);
    assert.equal(other.code, 64);
    assert.match(other.stderr, /capacity/i);
  });

  test('several resources: all or none', async (t) => {
    const world = new World(t);
    assert.equal((await world.run(['lease', 'acquire', 'b'])).code, 0);
    const ended = await world.run(['run', 'a', 'b', '--', 'sh', '-c', 'echo >ran']);
    assert.equal(ended.code, 75);
    assert.equal(existsSync(join(world.folder, 'ran')), false);
    assert.deepEqual(
      (await allLeases(await world.connect())).map(({ resource }) => resource),
      ['b'],
    );
  });

  test('what the command leaves behind keeps the resource until it ends', async (t) => {
    const world = new World(t);
    const run = world.tenure([
      'run',
      'r',
      '--handover',
      'wait',
      '--',
      'sh',
      '-c',
      'sleep 1000 >/dev/null 2>&1 & echo $!',
    ]);
    const left = Number(await run.line(/^\d+$/));
    assert.equal((await run.ended).code, 0);
    assert.equal((await world.run(['run', 'r', '--', 'true'])).code, 75);
    process.kill(left, 'SIGKILL');
    await untilFree(await world.connect(), 'r');
  });
});

describe('tenure lease', () => {
  test('acquire, renew, get and release, with the token by environment', async (t) => {
    const world = new World(t);
    const granted = (await world.json(['lease', 'acquire', 'r', '--ttl', '10m'])) as {
      token: string;
      lease: { leaseId: string };
    };
    const env = { TENURE_TOKEN: granted.token };
    assert.equal((await world.run(['lease', 'renew', '--ttl', '1h'], { env })).code, 0);
    assert.match(
      JSON.stringify(await world.json(['lease', 'get', granted.lease.leaseId])),
      /"remainingTtl":"3[56]\d\d[.s]/,
    );
    assert.equal((await world.run(['lease', 'release'], { env })).code, 0);
    assert.equal((await world.run(['lease', 'renew'], { env })).code, 76);
    assert.equal((await world.run(['lease', 'get', granted.lease.leaseId])).code, 76);
  });

  test('revoke of a resource’s name says what to type', async (t) => {
    const world = new World(t);
    assert.equal((await world.run(['lease', 'acquire', 'nightly/db'])).code, 0);
    for (const name of ['nightly', 'nightly/db']) {
      const named = await world.run(['lease', 'revoke', name]);
      assert.equal(named.code, 76);
      assert.ok(named.stderr.includes(`${name} is a resource: 'tenure lease revoke --resource ${name}'`), named.stderr);
    }
    const nothing = await world.run(['lease', 'revoke', 'night']);
    assert.match(nothing.stderr, /no lease night\n.*see what there is with 'tenure lease list'\n/);
    assert.equal((await allLeases(await world.connect())).length, 1);
  });

  test('watch --json prints an event a line, and --after resumes without a gap or a double', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const first = world.tenure(['lease', 'watch', '--json']);
    await first.line(/"type":"synced"/);
    assert.equal((await world.run(['run', 'a', '--', 'true'])).code, 0);
    await first.line(/"type":"released"/);
    first.kill('SIGKILL');
    assert.equal((await world.run(['run', 'b', '--', 'true'])).code, 0);
    const events = first
      .output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.ok(events.every(({ type, revision }) => typeof type === 'string' && /^\d+$/.test(revision)));
    const after = events.find(({ type }) => type === 'acquired').revision;
    const second = world.tenure(['lease', 'watch', '--json', '--after', after]);
    await second.line(/"type":"released".*"resource":"b"/);
    second.kill('SIGKILL');
    const types = second
      .output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ lease }) => lease !== undefined)
      .map(({ type, lease }) => `${type} ${lease.resource}`);
    assert.deepEqual(
      types.filter((each) => !each.startsWith('updated')),
      ['released a', 'acquired b', 'released b'],
    );
  });

  test('explain says who holds, who waits, and who blocks whom', async (t) => {
    const world = new World(t);
    const holder = world.tenure(['run', 'r', '--reason', 'nightly', '--', 'sh', '-c', 'echo held; exec sleep 1000']);
    await holder.line(/^held$/);
    const waiter = world.tenure(['run', 'r', '--wait', 'forever', '--', 'true']);
    const client = await world.connect();
    await untilWaiting(client, 'r', 1);
    const text = await world.run(['lease', 'explain', 'r']);
    for (const part of [/nightly/, new RegExp(`\\b${holder.pid}\\b`), new RegExp(`\\b${waiter.pid}\\b`)])
      assert.match(text.stdout, part);
    const document = (await world.json(['lease', 'explain', 'r'])) as {
      queue: { waiterId: string }[];
      blocks: { waiterId: string }[];
    };
    assert.equal(document.queue.length, 1);
    assert.equal(document.blocks[0]?.waiterId, document.queue[0]?.waiterId);
  });

  test('an error with --json has reason, message and hint on one line', async (t) => {
    const world = new World(t);
    const ended = await world.run(['lease', 'get', 'l1', '--json']);
    assert.equal(ended.code, 76);
    const [line = ''] = `${ended.stdout}${ended.stderr}`.trim().split('\n');
    assert.match(line, /"reason":"LEASE_NOT_FOUND"/);
  });
});

describe('tenure daemon', () => {
  test('start, status, restart and stop; leases survive the restart', async (t) => {
    const world = new World(t);
    assert.equal((await world.run(['daemon', 'start'])).code, 0);
    const first = world.daemonPid();
    assert.equal((await world.run(['lease', 'acquire', 'kept', '--ttl', '1h'])).code, 0);
    assert.match((await world.run(['daemon', 'status'])).stdout, new RegExp(`\\b${first}\\b`));
    assert.equal((await world.run(['daemon', 'restart'])).code, 0);
    assert.notEqual(world.daemonPid(), first);
    assert.match((await world.run(['lease', 'list'])).stdout, /\bkept\b/);
    assert.match((await world.run(['health'])).stdout, /serving/i);
    assert.equal((await world.run(['daemon', 'stop'])).code, 0);
    assert.deepEqual(world.processes(), []);
    assert.match(readFileSync(join(world.stateDir, 'tenured.log'), 'utf8'), /daemon\.stopped/);
  });
});
