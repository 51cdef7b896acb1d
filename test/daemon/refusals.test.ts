import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { LastExit } from '@tenure/client';
import { until } from '../e2e/until.js';
import { DAEMON, World, type WorldOptions } from '../e2e/world.js';

const FIVE_FAULTS = `logging:
  levle: info
leases:
  defaultTtl: soon
  limits:
    leases: 0
  policies:
    - pattern: gpu/**/x
peers:
  - role: admin
    uid: 5
`;

/** Starts the bundle, with the pipe on which it says whether it serves. */
function start(
  context: ConstructorParameters<typeof World>[0],
  options: WorldOptions = {},
  args: readonly string[] = [],
) {
  const world = new World(context, options);
  const again = (more: NodeJS.ProcessEnv = {}) =>
    world.start(process.execPath, [DAEMON, ...args], { env: { TENURE_READY_FD: '3', ...more }, extraPipes: 1 });
  return { world, again };
}

describe('a start that is refused', () => {
  test('for its configuration names every fault with its line, and touches nothing', async (t) => {
    const { world, again } = start(t, { config: FIVE_FAULTS });
    const daemon = again();
    const { code, stderr } = await daemon.ended;
    assert.equal(code, 78);
    const path = join(world.folder, 'config/tenure/config.yaml');
    const expected = [
      `the configuration ${path} has 5 faults:`,
      '  line 2: logging.levle is unknown; did you mean level?',
      '  line 4: leases.defaultTtl is "soon", expected a duration such as 90s, 5m, 24h, 1d, or a number of seconds',
      '  line 6: leases.limits.leases is 0, expected at least 1',
      '  line 8: leases.policies[0].pattern is "gpu/**/x", expected ** at the end only',
      '  line 10: peers[0].role is "admin", expected one of viewer, client, operator',
    ].join('\n');
    assert.equal(stderr.trimEnd(), expected);
    assert.deepEqual(JSON.parse(daemon.output(3)), { ready: false, message: expected, exitCode: 78 });
    assert.ok(!existsSync(world.stateDir));
  });

  test('for a damaged key leaves it, and starts once it is put right', async (t) => {
    const { world, again } = start(t);
    const first = await world.startDaemon();
    first.kill('SIGTERM');
    await first.ended;
    const path = join(world.stateDir, 'key');
    const key = readFileSync(path);
    truncateSync(path, 5);
    const { code, stderr } = await again().ended;
    assert.equal(code, 74);
    assert.match(stderr, /has 5 bytes instead of 32/);
    writeFileSync(path, key);
    await world.startDaemon();
    const { status } = await (await world.connect()).health.getStatus();
    assert.equal(status?.lastExit, LastExit.CLEAN, 'a refused start is no crash');
  });

  test('for a file that somebody named and that is not there', async (t) => {
    const { world, again } = start(t, {}, ['--config', 'missing.yaml']);
    const { code, stderr } = await again().ended;
    assert.equal(code, 78);
    assert.match(stderr, new RegExp(`${world.folder}/missing.yaml has a fault`));
  });

  test('for an option that it does not know, or a path that is relative', async (t) => {
    const unknown = await start(t, {}, ['--forground']).again().ended;
    assert.equal(unknown.code, 64);
    assert.match(unknown.stderr, /--forground[\s\S]*usage: tenured/);
    const relative = await start(t).again({ TENURE_STATE_DIR: 'state' }).ended;
    assert.equal(relative.code, 78);
    assert.match(relative.stderr, /TENURE_STATE_DIR is "state"; give an absolute path/);
  });

  test('for a state folder that cannot be made', async (t) => {
    const { world, again } = start(t);
    writeFileSync(join(world.folder, 'file'), '');
    const { code, stderr } = await again({ TENURE_STATE_DIR: join(world.folder, 'file/state') }).ended;
    assert.equal(code, 73);
    assert.match(stderr, /cannot create the state folder .*set TENURE_STATE_DIR/);
  });
});

test('says its version and how to use it without starting', async (t) => {
  const version = await start(t, {}, ['--version']).again().ended;
  assert.deepEqual([version.code, /^\d+\.\d+\.\d+\n$/.test(version.stdout)], [0, true]);
  const { world, again } = start(t, {}, ['--help']);
  const help = await again().ended;
  assert.deepEqual([help.code, /^usage: tenured/.test(help.stdout)], [0, true]);
  assert.ok(!existsSync(world.stateDir));
});

test('a crash in another boot is told as a reboot', async (t) => {
  const world = new World(t);
  const first = await world.startDaemon();
  first.kill('SIGKILL');
  await first.ended;
  const path = join(world.stateDir, 'daemon.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), bootId: 'another boot' }));
  await world.startDaemon();
  const { status } = await (await world.connect()).health.getStatus();
  assert.equal(status?.lastExit, LastExit.REBOOTED);
});

test('crashes in a row become a warning', async (t) => {
  const world = new World(t);
  for (let crash = 0; crash < 3; crash += 1) {
    const daemon = await world.startDaemon();
    daemon.kill('SIGKILL');
    await daemon.ended;
  }
  await world.startDaemon();
  const { status } = await (await world.connect()).health.getStatus();
  assert.equal(status?.startCount, 4n);
  assert.match(
    status?.warnings.map(({ code, message }) => `${code}: ${message}`).join() ?? '',
    /daemon-crashes: .*3 times/,
  );
});

test('a daemon.json that is torn does not keep it from starting', async (t) => {
  const world = new World(t);
  mkdirSync(world.stateDir, { mode: 0o700 });
  writeFileSync(join(world.stateDir, 'daemon.json'), '{"pid": 1');
  await world.startDaemon();
  const daemon = world.daemonPid();
  assert.deepEqual(world.processes(), [daemon]);
});

test('the log goes to standard error in the foreground, and to a private file else', async (t) => {
  const world = new World(t);
  const foreground = world.start(process.execPath, [DAEMON, '--foreground']);
  await until('its log', () => foreground.output(2).includes('daemon.started'));
  assert.ok(!existsSync(join(world.stateDir, 'tenured.log')));
  foreground.kill('SIGINT');
  assert.equal((await foreground.ended).code, 0);
  rmSync(world.stateDir, { recursive: true });
  await world.startDaemon();
  assert.match(readFileSync(join(world.stateDir, 'tenured.log'), 'utf8'), /daemon\.started/);
});
