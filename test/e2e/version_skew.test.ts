import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { until } from './until.js';
import { DAEMON, World } from './world.js';

const dist = dirname(DAEMON);
const { version } = JSON.parse(readFileSync(join(dist, '..', 'package.json'), 'utf8'));

/** Starts the daemon as it would be if it had been built as another version. */
async function startDaemonOf(world: World, other: string): Promise<void> {
  const folder = join(world.folder, 'other');
  mkdirSync(folder);
  symlinkSync(join(dist, '..', 'node_modules'), join(world.folder, 'node_modules'));
  const built = readFileSync(join(dist, 'daemon.cjs'), 'latin1');
  assert.ok(built.includes(`"${version}"`), 'the build puts the version in');
  writeFileSync(join(folder, 'daemon.cjs'), built.replaceAll(`"${version}"`, `"${other}"`), 'latin1');
  writeFileSync(join(folder, 'tenured.cjs'), readFileSync(DAEMON));
  const daemon = world.start(process.execPath, [join(folder, 'tenured.cjs')], {
    env: { TENURE_READY_FD: '3' },
    extraPipes: 1,
  });
  await until('the daemon', () => daemon.output(3).includes('"ready":true') || undefined);
}

describe('a daemon of another version', () => {
  test('of the same major one works, and nobody hears of it but who asks', async (t) => {
    const world = new World(t);
    await startDaemonOf(world, version.replace(/\.\d+\.\d+$/, '.987.6'));
    const ran = await world.run(['run', 'demo', '--', 'tenure', 'lease', 'list']);
    assert.equal(ran.code, 0);
    assert.match(ran.stdout, /demo/);
    assert.equal(ran.stderr, '');
    const doctor = await world.run(['doctor']);
    assert.equal(doctor.code, 0);
    assert.match(doctor.stdout, /· versions +this command line is .*, the daemon that runs is \d+\.987\.6/);
  });

  test('of another major one is said once a command, and what both know works', async (t) => {
    const world = new World(t);
    await startDaemonOf(world, '77.0.0');
    const listed = await world.run(['lease', 'list', '--json']);
    assert.equal(listed.code, 0);
    assert.deepEqual(JSON.parse(listed.stdout).leases, []);
    assert.equal(listed.stderr.match(/the daemon is 77\.0\.0/g)?.length, 1, listed.stderr);
    assert.match(listed.stderr, /tenure daemon restart/);
    const strict = await world.run(['doctor', '--strict']);
    assert.equal(strict.code, 1);
    assert.match(strict.stdout, /! versions/);
  });
});
