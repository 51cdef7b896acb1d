import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { World } from '../../e2e/world.js';

function unitsOf(world: World): string {
  return join(world.folder, 'config', 'systemd', 'user');
}

test('an installation is written, shown by the doctor, and taken away again', async (t) => {
  const world = new World(t);
  const folder = unitsOf(world);
  const shown = await world.run(['daemon', 'install', '--socket-activation', '--dry-run']);
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, /^# .*tenured\.service$/m);
  assert.equal(existsSync(folder), false, 'a dry run writes nothing');

  const installed = await world.run(['daemon', 'install', '--socket-activation']);
  assert.equal(installed.code, 0, installed.stderr);
  assert.match(
    installed.stdout,
    /next:\n {2}systemctl --user daemon-reload\n {2}systemctl --user enable --now tenured\.socket/,
  );
  const unit = readFileSync(join(folder, 'tenured.service'), 'utf8');
  assert.ok(unit.includes(`Environment=TENURE_STATE_DIR=${world.stateDir}`), unit);
  assert.doesNotMatch(unit, /TENURE_TEST_WORLD/, 'nothing else of the environment');
  assert.match((await world.run(['doctor'])).stdout, /tenured\.socket is installed, and not enabled/);

  const wants = join(folder, 'sockets.target.wants');
  mkdirSync(wants);
  symlinkSync('../tenured.socket', join(wants, 'tenured.socket'));
  assert.match((await world.run(['doctor'])).stdout, /✓ units +.*tenured\.socket, enabled/);
  writeFileSync(join(folder, 'tenured.service'), unit.replace('tenured.cjs', 'gone.cjs'));
  assert.match((await world.run(['doctor'])).stdout, /starts .*gone\.cjs, which is not there/);

  const without = await world.run(['daemon', 'install']);
  assert.match(without.stdout, /removed .*tenured\.socket/);
  assert.equal(existsSync(join(folder, 'tenured.socket')), false);

  const uninstalled = await world.run(['daemon', 'uninstall']);
  assert.match(uninstalled.stdout, /removed .*tenured\.service/);
  assert.deepEqual(
    readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile()),
    [],
  );
  assert.match((await world.run(['daemon', 'uninstall'])).stdout, /nothing is installed/);
});

test("a unit of somebody else's is neither written over nor taken away", async (t) => {
  const world = new World(t);
  const folder = unitsOf(world);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'tenured.service'), '[Service]\nExecStart=/bin/true\n');
  for (const command of ['install', 'uninstall']) {
    const refused = await world.run(['daemon', command]);
    assert.equal(refused.code, 64);
    assert.match(refused.stderr, /tenure did not write it/);
  }
  assert.equal(readFileSync(join(folder, 'tenured.service'), 'utf8'), '[Service]\nExecStart=/bin/true\n');
});
