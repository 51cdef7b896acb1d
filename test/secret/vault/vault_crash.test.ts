import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { vaultPaths } from '../../../src/secret/vault/vault_files.js';
import { add } from './vault_contract.js';
import { VaultHome } from './vault_home.js';

const KILLED_INIT = join(import.meta.dirname, 'killed_init_program.ts');

for (const { killedAt, made } of [
  { killedAt: 1, made: false },
  { killedAt: 1.5, made: false },
  { killedAt: 2, made: false },
  { killedAt: 2.5, made: false },
  { killedAt: 3, made: true },
]) {
  test(`kill -9 while a vault is made leaves a whole one or none: at ${killedAt}`, (t) => {
    const home = new VaultHome(t);
    const args = ['--conditions=tenure-source', '--import', 'tsx', KILLED_INIT, home.paths.folder, `${killedAt}`];
    const { signal, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.equal(signal, 'SIGKILL', stderr);
    return assertUsable(home, made);
  });
}

async function assertUsable(home: VaultHome, made: boolean): Promise<void> {
  const vault = await home.open();
  assert.equal(vault.recipient !== undefined, made);
  assert.deepEqual(readdirSync(home.stateDir), made ? ['vault'] : [], 'leftovers are gone');
  assert.equal(await vault.init(), !made);
  await vault.update(add('one'));
  assert.equal((await home.open()).document.secrets.size, 1);
}

test('what an interrupted write left goes, and the vault is as it was before', async (t) => {
  const home = new VaultHome(t);
  const vault = await home.open();
  await vault.init();
  await vault.update(add('one'));
  const before = home.snapshot();
  writeFileSync(join(home.paths.folder, '.new-0123456789ab'), 'half of a vault');
  assert.deepEqual((await home.open()).document, vault.document);
  assert.deepEqual(home.snapshot(), before);
});

for (const gone of [[], ['identity'], ['identity', 'vault.age']]) {
  test(`a wipe that was interrupted is finished by the next start: ${gone.join(' and ') || 'nothing'} gone`, async (t) => {
    const home = new VaultHome(t);
    await (await home.open()).init();
    const aside = vaultPaths(join(home.stateDir, '.vault-wiped-0123456789ab'));
    renameSync(home.paths.folder, aside.folder);
    for (const name of gone) rmSync(join(aside.folder, name));
    await assertUsable(home, false);
  });
}

test('a crash’s leftovers stay while the vault can’t be read', async (t) => {
  const home = new VaultHome(t);
  await (await home.open()).init();
  cpSync(home.paths.folder, join(home.stateDir, '.vault-new-0123456789ab'), { recursive: true });
  rmSync(home.paths.identity);
  const before = home.snapshot();
  await assert.rejects(home.open());
  assert.deepEqual(home.snapshot(), before);
});

test('what only looks like a leftover stays', async (t) => {
  const home = new VaultHome(t);
  await (await home.open()).init();
  for (const name of ['.vault-new-backup', '.vault-wiped-0123456789abcd', 'vault-new-0123456789ab', '.vault']) {
    mkdirSync(join(home.stateDir, name));
  }
  writeFileSync(join(home.stateDir, '.vault-new-0123456789ab'), 'a file');
  writeFileSync(join(home.paths.folder, '.new-notes'), 'mine');
  const before = home.snapshot();
  const vault = await home.open();
  assert.deepEqual(home.snapshot(), before);
  assert.equal(await vault.wipe(), true);
  const { 'vault/identity': _identity, 'vault/vault.age': _encrypted, ...others } = before;
  assert.deepEqual(home.snapshot(), others);
});
