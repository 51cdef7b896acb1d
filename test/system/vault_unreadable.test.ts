// needs: root setpriv
import assert from 'node:assert/strict';
import { chmodSync, chownSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { worldWithSecrets } from '../e2e/secret_world.js';
import { DAEMON } from '../e2e/world.js';

const NOBODY = 65_534;
const asNobody = ['--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups'];

test('a vault that its own user may not read is refused, and stays as it is', { timeout: 60_000 }, async (t) => {
  const world = await worldWithSecrets(t, { a: 'one' });
  assert.equal((await world.run(['daemon', 'stop'])).code, 0);
  chmodSync(world.folder, 0o755);
  chownSync(world.stateDir, NOBODY, NOBODY);
  for (const name of readdirSync(world.stateDir, { recursive: true, encoding: 'utf8' })) {
    chownSync(join(world.stateDir, name), NOBODY, NOBODY);
  }
  const vault = join(world.stateDir, 'vault');
  for (const path of [join(vault, 'vault.age'), join(vault, 'identity'), vault]) {
    const { mode } = statSync(path);
    chmodSync(path, 0);
    const before = readdirSync(vault).map((name) => readFileSync(join(vault, name)));
    const daemon = await world.start('setpriv', [...asNobody, process.execPath, DAEMON], { cwd: '/' }).ended;
    assert.equal(daemon.code, 74, daemon.stderr);
    assert.match(daemon.stderr, /vault\S* can't be read \(EACCES\); nothing was changed\. Restore /);
    assert.equal(statSync(path).mode & 0o7777, 0);
    assert.deepEqual(
      readdirSync(vault).map((name) => readFileSync(join(vault, name))),
      before,
    );
    chmodSync(path, mode);
  }
});
