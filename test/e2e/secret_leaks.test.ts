import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { LeakWorld } from './leak_world.js';
import { ProcessSpy } from './process_spy.js';
import { writeProject } from './secret_world.js';
import { until } from './until.js';
import { DAEMON } from './world.js';

/** Puts a value down with a command that stays in the midst of it for a while. */
function putSlowly(world: LeakWorld, name: string, options: readonly string[]) {
  const file = world.valueFile(name);
  const pipe = `(head -c 20 ${file}; ${world.hold('put')}; tail -c +21 ${file}) | exec tenure secret put ${name} "$@"`;
  return world.start('sh', ['-c', pipe, 'sh', ...options]);
}

async function leased(world: LeakWorld, name: string, ...options: readonly string[]): Promise<string> {
  const ended = await world.run(['secret', 'lease', name, '--client-id', 'app', ...options]);
  assert.deepEqual([ended.code, ended.stderr], [0, '']);
  return ended.stdout;
}

test('what is looked for is found, in any disguise', (t) => {
  const world = LeakWorld.of(t);
  const spoken = world.value('spoken');
  mkdirSync(world.stateDir);
  world.keep('a command', () => `{"value":"${Buffer.from(spoken).toString('base64')}"}`);
  world.keep('another', () => 'harmless');
  for (const [name, content] of [
    ['harmless', 'harmless'],
    ['clear', spoken],
    ['hex', Buffer.from(spoken).toString('hex')],
    ['buffer', JSON.stringify(Buffer.from(spoken))],
    ['one', Buffer.from(`1${spoken}`).toString('base64')],
    ['two', Buffer.from(`12${spoken}`).toString('base64url')],
    [`name-${spoken}`, ''],
  ] as const) {
    writeFileSync(join(world.notes, name), `before ${content} after`);
  }
  assert.equal(world.leaks().length, 7);
});

test('a value on its way from hand to command is nowhere else', { timeout: 120_000 }, async (t) => {
  const world = LeakWorld.of(t);
  world.script('recorder', [`printf '%s\\n' "$@" >> ${join(world.notes, 'recorder')}`, world.note('recorder')]);
  world.valueFile('daemon.env', `FROM_ENV='${world.value('env')}'\n`);
  const token = world.valueFile('token.json', JSON.stringify({ github: { token: world.value('file') } }));
  const spy = new ProcessSpy(t, world.marker);
  await world.quiet(0, ['secret', 'init']);
  const follow = [
    ['lease', 'watch', '--json'],
    ['audit', '--follow', '--json'],
    ['health', '--watch', '--json', '--interval', '100ms'],
    ['daemon', 'logs', '--follow', '--json'],
  ].map((args) => world.listen(args));

  // In.
  const [rotated, fromCommand] = [world.valueFile('rotated'), world.valueFile('exec')];
  const rotate = `${world.note('rotate')}; cat > /dev/null; ${world.hold('rotate')}; cat ${rotated}`;
  const hooks = ['--on-rotate', '--on-revoke', '--on-delete'].flatMap((option) => [
    option,
    `${world.note(option)}; cat >> ${join(world.notes, option)}`,
  ]);
  const put = putSlowly(world, 'a', ['--rotate', rotate, ...hooks]);
  await world.untilHeld('put');
  await until('the command that reads', () => {
    spy.look();
    return spy.hasSeen(/cjs secret put a /);
  });
  world.letGo('put');
  assert.equal((await put.ended).code, 0);
  world.keep('put', () => put.output() + put.output(2));
  await world.quiet(0, ['secret', 'put', 'env', '--source', 'env:FROM_ENV']);
  await world.quiet(0, ['secret', 'put', 'file', '--source', `file:${token}#github.token`]);
  const source = `${world.note('source')}; ${world.hold('source')}; cat ${fromCommand}`;
  await world.quiet(0, ['secret', 'put', 'exec', '--source', `exec:${source}`]);
  const dotenv = world.valueFile('import.env', `ONE=${world.value('one')}\nTWO='${world.value('two')}'\n`);
  await world.quiet(0, ['secret', 'import', dotenv, '--namespace', 'imported', '--json']);
  const json = JSON.stringify({ three: world.value('three') });
  await world.quiet(0, ['secret', 'import', '-'], { input: json });
  await world.quiet(0, ['secret', 'update', 'three'], { input: world.value('updated') });

  // Out: the values are what they should be, or nothing here would be worth anything.
  const asking = leased(world, 'exec');
  await world.untilHeld('source');
  spy.look();
  world.letGo('source');
  assert.equal(await asking, `${world.value('exec')}\n`);
  assert.equal(await leased(world, 'a'), `${world.value('a')}\n`);
  assert.equal(await leased(world, 'env'), `${world.value('env')}\n`);
  assert.equal(await leased(world, 'file'), `${world.value('file')}\n`);
  assert.equal(await leased(world, 'imported/TWO'), `${world.value('two')}\n`);
  const envelope = JSON.parse(await leased(world, 'three', '--json'));
  assert.equal(envelope.value, world.value('updated'));

  // To a command, which alone has them in its environment, and to an env file.
  writeProject(world, { API_TOKEN: 'a', FROM_ENV: 'env', FROM_FILE: 'file', FROM_COMMAND: 'exec' });
  const got = world.valueFile('got');
  const command = world.script('command', [
    `cat /proc/$PPID/cmdline /proc/$PPID/environ > ${join(world.notes, 'wrapper')}`,
    'echo "$$"',
    world.hold('command'),
    `printf '%s %s %s %s' "$API_TOKEN" "$FROM_ENV" "$FROM_FILE" "$FROM_COMMAND" > ${got}`,
  ]);
  const exec = world.listen(['secret', 'exec', '--', command]);
  const group = Number(await exec.line(/^\d+$/));
  await world.untilHeld('command');
  spy.look();
  world.letGo('command');
  assert.equal((await exec.ended).code, 0);
  assert.equal(readFileSync(got, 'utf8'), ['a', 'env', 'file', 'exec'].map((name) => world.value(name)).join(' '));
  await world.quiet(0, ['secret', 'env', '--dry-run', '--json']);
  await world.quiet(0, ['secret', 'env', '--json']);
  assert.ok(readFileSync(join(world.folder, '.env'), 'utf8').includes(world.value('a')));
  const found = await world.quiet(1, ['secret', 'scan', join(world.folder, '.env'), '--json']);
  assert.match(found.stdout, /"line"/);

  // Changed, and taken away.
  const rotating = world.listen(['secret', 'rotate', 'a', '--json']);
  await world.untilHeld('rotate');
  spy.look();
  world.letGo('rotate');
  assert.equal((await rotating.ended).code, 0);
  assert.equal(await leased(world, 'a'), `${world.value('rotated')}\n`);
  assert.deepEqual(world.leaks(), []);
  await world.quiet(0, ['secret', 'revoke', '--all', '--reason', 'test']);
  await until('the env file to be gone', () => !existsSync(join(world.folder, '.env')));
  await until('the hook of the revocation', () => world.hasNoted('--on-revoke'));
  const id: string = envelope.lease.leaseId;
  for (const [code, ...args] of [
    [0, 'secret', 'list'],
    [0, 'secret', 'list', '--json'],
    [0, 'lease', 'list', '--json'],
    [76, 'lease', 'get', id, '--json'],
    [0, 'lease', 'explain', 'secret/a', '--json'],
    [0, 'audit'],
    [0, 'audit', '--json'],
    [0, 'health'],
    [0, 'health', '--json'],
    [0, 'daemon', 'status', '--json'],
    [0, 'daemon', 'logs', '--lines', '100000'],
  ] as const) {
    await world.quiet(code, args);
  }
  const check = await world.start(process.execPath, [DAEMON, '--check']).ended;
  const right = `the configuration ${join(world.folder, 'config', 'tenure', 'config.yaml')} is right\n`;
  assert.deepEqual(check, { code: 0, stdout: right, stderr: '' });
  await world.quiet(0, ['secret', 'rm', 'a']);

  // What a kill leaves, and what the next daemon makes of it.
  await world.quiet(0, ['secret', 'put', 'kept'], { input: world.value('kept') });
  process.kill(world.daemonPid(), 'SIGKILL');
  assert.deepEqual(world.leaks(), []);
  assert.equal(await leased(world, 'kept'), `${world.value('kept')}\n`);
  await world.quiet(0, ['secret', 'killswitch', '--revoke', '--rotate', '--wipe', '--yes', '--json']);
  const recorded = () => readFileSync(join(world.notes, 'recorder'), 'utf8');
  await until('the last event', () => recorded().includes('secret.kill_switch_finished'));
  await world.quiet(0, ['daemon', 'stop']);

  for (const running of follow) {
    assert.ok(running.output().length > 0);
    running.kill('SIGTERM');
  }
  for (const action of ['put', 'updated', 'rotated', 'leases_revoked', 'deleted', 'vault_wiped']) {
    assert.ok(recorded().includes(`secret.${action}\n`), `the command for events was not told of ${action}`);
  }
  for (const name of ['rotate', 'source', '--on-rotate', '--on-revoke', '--on-delete', 'wrapper']) {
    assert.ok(world.hasNoted(name), `${name} did not run`);
  }
  assert.deepEqual(world.leaks(), []);
  // It was seen where it had to be, so it would have been seen elsewhere.
  assert.ok(spy.sightings(0).some((what) => what.startsWith('the environment of') && what.includes(command)));
  assert.deepEqual(spy.sightings(group), []);
});

describe('what goes wrong says nothing of a value', () => {
  test('values given in the wrong place, or of the wrong kind', async (t) => {
    const world = LeakWorld.of(t);
    world.script('recorder', [`printf '%s\\n' "$@" >> ${join(world.notes, 'recorder')}`]);
    await world.quiet(0, ['secret', 'init']);
    const value = world.value('wrong');
    const long = value.repeat(2_000);
    for (const args of [['a', value], ['a', '--value', value], [`--value=${value}`, 'a'], [`a=${value}`]]) {
      await world.quiet(64, ['secret', 'put', ...args, '--json']);
      await world.quiet(64, ['secret', 'update', ...args]);
    }
    await world.quiet(64, ['secret', 'put', 'a', '--source', value]);
    await world.quiet(64, ['secret', 'put', 'a', '--source', `password:${value}`, '--json']);
    await world.quiet(64, ['secret', 'put', 'a', '--source', `env:${value}`, '--json']);
    await world.quiet(64, ['secret', 'put', 'a//b', '--json'], { input: value });
    await world.quiet(64, ['secret', 'put', 'a', '--json'], { input: long });
    await world.quiet(0, ['secret', 'put', 'a'], { input: `${value} 'and' "quotes"` });
    await world.quiet(64, ['secret', 'put', 'a', '--json'], { input: value });
    await world.quiet(66, ['secret', 'update', 'b', '--json'], { input: value });

    for (const [name, content] of [
      ['lines.env', `A=${value}\n${value}\n`],
      ['quoted.env', `A="${value}\n`],
      ['broken.json', `{"a": "${value}", ${value}}`],
      ['numbers.json', `{"a": ["${value}"]}`],
      ['long.env', `A=${long}\n`],
    ] as const) {
      await world.quiet(64, ['secret', 'import', world.valueFile(name, content), '--json']);
    }
    const exec = (code: number, project: string) => {
      writeFileSync(join(world.folder, '.secrets.json'), project);
      return world.quiet(code, ['secret', 'exec', '--', 'true']);
    };
    await exec(78, `{"secrets": [{"name": "a", "env_var": "A", ${value}}]}`);
    await exec(78, `{"secrets": [{"name": "a", "env_var": "A", "value": "${value}"}]}`);
    await exec(78, `{"secrets": [{"name": "a", "env_var": "A", "ttl": "${value}"}]}`);
    await exec(78, `{"secrets": "${value}"}`);
    writeProject(world, { A: 'a' });
    // In no quotes that all readers of env files understand alike.
    await world.quiet(64, ['secret', 'env', '--json']);
    await world.quiet(0, ['secret', 'update', 'a'], { input: `${value}\0` });
    await world.quiet(64, ['secret', 'exec', '--json', '--', 'true']);
    assert.deepEqual(world.leaks(), []);
  });

  test('sources and commands that fail, whatever they print', async (t) => {
    const world = LeakWorld.of(t);
    world.script('recorder', [`printf '%s\\n' "$@" >> ${join(world.notes, 'recorder')}`]);
    await world.quiet(0, ['secret', 'init']);
    const value = world.value('bad');
    const clear = world.valueFile('clear', `${value}\n`);
    const long = world.valueFile('long', value.repeat(2_000));
    world.valueFile('daemon.env', `${value}\nA="${value}\n`);
    for (const [name, content] of [
      ['k.json', `{"k": "${value}", ${value}}`],
      ['parts.json', `{"k": {"${value}": "${value}"}}`],
      ['k.yaml', `k: "${value}" ${value}\n  - ${value}: [`],
      ['alias.yaml', `k: *${value}\n`],
      ['k.env', `k "${value}"\n`],
      ['latin1.json', Buffer.from(`{"k": "${value}\xff"}`, 'latin1')],
    ] as const) {
      const path = world.valueFile(name, content);
      await world.quiet(0, ['secret', 'put', `file/${name}`, '--source', `file:${path}#k`]);
    }
    for (const [name, source] of [
      ['env', 'env:A'],
      ['exit', `exec:cat ${clear}; cat ${clear} >&2; exit 3`],
      ['signal', `exec:cat ${clear}; kill -SEGV $$`],
      ['long', `exec:cat ${long}`],
      ['long-file', `file:${long}`],
    ] as const) {
      await world.quiet(0, ['secret', 'put', `source/${name}`, '--source', source]);
    }
    const { stdout } = await world.quiet(0, ['secret', 'list', '--json']);
    const { secrets }: { secrets: { name: string }[] } = JSON.parse(stdout);
    assert.equal(secrets.length, 11);
    for (const { name } of secrets) await world.quiet(1, ['secret', 'lease', name, '--json']);

    for (const [name, rotate] of [
      ['exit', `cat; cat ${clear} >&2; exit 3`],
      ['long', `cat ${long}`],
      ['nothing', `cat >&2; cat ${clear} >&2`],
    ] as const) {
      await world.quiet(0, ['secret', 'put', `rotate/${name}`, '--rotate', rotate], { input: value });
    }
    const shout = `cat ${clear}; cat ${clear} >&2; exit 4`;
    await world.quiet(0, ['secret', 'put', 'hooks', '--rotate', 'cat', '--on-rotate', shout, '--on-revoke', shout], {
      input: value,
    });
    await world.quiet(0, ['secret', 'put', 'goes', '--on-delete', shout], { input: value });
    await world.quiet(1, ['secret', 'rotate', '--all', '--json']);
    assert.equal(await leased(world, 'hooks'), `${value}\n`);
    await world.quiet(0, ['secret', 'revoke', '--all']);
    await until('the hook to fail', async () =>
      (await world.quiet(0, ['secret', 'list', '--json'])).stdout.includes('exit code 4'),
    );
    await world.quiet(1, ['secret', 'rm', 'goes', '--json']);
    await world.quiet(1, ['secret', 'killswitch', '--revoke', '--rotate', '--yes']);
    await world.quiet(0, ['audit', '--json']);
    await world.quiet(0, ['daemon', 'logs', '--lines', '100000']);
    await world.quiet(0, ['health', '--json']);
    assert.deepEqual(world.leaks(), []);
  });

  test('a heartbeat’s password, in a configuration that is right and in one that is not', async (t) => {
    const heartbeat = (url: string) => `secrets: { heartbeat: { url: ${url}, revokeAll: true, interval: 1h } }\n`;
    const world = LeakWorld.of(t);
    const config = join(world.folder, 'config', 'tenure', 'config.yaml');
    const password = world.value('password');
    const right = heartbeat(`'http://user:${password}@127.0.0.1:9/beat?key=${password}#${password}'`);
    const events = `events: { exec: ['${world.script('recorder', [`printf '%s\\n' "$@" >> ${world.notes}/recorder`])}'] }\n`;
    writeFileSync(config, events + right);
    const daemon = await world.startDaemon();
    await until('a question that failed', async () =>
      (await world.quiet(0, ['health', '--json'])).stdout.includes('could not be reached'),
    );
    await world.quiet(0, ['health']);
    const reloads = async () => (await world.quiet(0, ['audit', '--action', 'daemon.reloaded', '--json'])).stdout;
    for (const [index, wrong] of [
      heartbeat(`'http://user:${password}@127.0.0.1:port/'`),
      heartbeat(`'ftp://user:${password}@127.0.0.1/'`),
      heartbeat(`'user:${password}'`),
      heartbeat(`"http://user:"${password}"@127.0.0.1/"`),
      heartbeat(`["http://user:${password}@127.0.0.1/"]`),
      `${right}${right}`,
      `secrets:\n  heartbeat:\n    url: 'http://user:${password}@127.0.0.1/'\n   revokeAll: true\n`,
      `secrets:\n  heartbeat:\n    url: 'http://user:${password}@127.0.0.1/\n    revokeAll: true\n`,
      `secrets:\n  heartbeat:\n    revokeAll: true\n    http://user:${password}@127.0.0.1/\n`,
    ].entries()) {
      writeFileSync(config, events + wrong);
      const check = await world.start(process.execPath, [DAEMON, '--check']).ended;
      assert.equal(check.code, 78, wrong);
      world.keep(`tenured --check of ${wrong.replaceAll(password, '…')}`, () => check.stdout + check.stderr);
      daemon.kill('SIGHUP');
      await until('the daemon to read it', async () => (await reloads()).split('\n').length === index + 2);
      await world.quiet(0, ['health', '--json']);
      await world.quiet(78, ['daemon', 'restart']);
    }
    await world.quiet(0, ['daemon', 'stop']);
    await world.quiet(78, ['daemon', 'start']);
    assert.deepEqual(world.leaks(), []);
  });
});

test('a daemon that is killed amid its writes leaves no value, and loses none that it has taken', async (t) => {
  const world = LeakWorld.of(t);
  world.env['TENURE_AUTOSTART'] = '0';
  world.script('recorder', ['exit 0']);
  let daemon = await world.startDaemon();
  const names = ['a', 'b', 'c', 'd'];
  const client = await world.connect();
  await client.secrets.initVault();
  // Long, so that a kill may find a file half written.
  const contentOf = (name: string, turn: number) => `${world.value(`${name}${turn}`)}\n`.repeat(1_000);
  for (const name of names) {
    await client.secrets.putSecret({ name, content: { $case: 'value', value: Buffer.from(contentOf(name, 0)) } });
  }
  for (let kill = 0; kill < 5; kill += 1) {
    const taken = new Map<string, number>();
    const updating = names.map(async (name) => {
      for (let turn = 1; ; turn += 1) {
        const value = Buffer.from(contentOf(name, turn));
        await client.secrets.updateSecret({ name, content: { $case: 'value', value } });
        await client.secrets.leaseSecret({ name, clientId: `app${turn % 3}` });
        taken.set(name, turn);
      }
    });
    const over = Promise.allSettled(updating);
    await until('some writes', () => names.every((name) => (taken.get(name) ?? 0) >= 3 + kill));
    daemon.kill('SIGKILL');
    await daemon.ended;
    await over;
    assert.deepEqual(world.leaks(), []);
    daemon = await world.startDaemon();
    for (const name of names) {
      const value = (await client.secrets.leaseSecret({ name, clientId: 'reader' })).value.toString();
      const turn = taken.get(name) ?? 0;
      // The one under way may have been written, and its answer lost.
      assert.ok(value === contentOf(name, turn) || value === contentOf(name, turn + 1), `${name} after ${turn} turns`);
    }
    assert.deepEqual(world.leaks(), []);
  }
  await world.quiet(0, ['daemon', 'logs', '--lines', '100000']);
  await world.quiet(0, ['audit', '--json']);
  assert.deepEqual(world.leaks(), []);
});
