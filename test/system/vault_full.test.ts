// needs: root mount umount
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openVault } from '../../src/secret/vault/vault.js';
import { EMPTY_DOCUMENT } from '../../src/secret/vault/vault_document.js';
import type { Vault } from '../../src/secret/vault/vault_port.js';
import { documentOf, storedSecret } from '../secret/stored_secrets.js';
import { add, refusedWith } from '../secret/vault/vault_contract.js';
import { SmallDisk } from './small_disk.js';

class VaultDisk extends SmallDisk {
  readonly vault = join(this.folder, 'vault');

  open(): Promise<Vault> {
    return openVault({ folder: this.vault, ownUid: process.getuid?.() ?? 0, onTightened: () => undefined });
  }
}

test('a vault on a full disk stays as it is, can be read and wiped, and is written again when there is room', async (t) => {
  const disk = new VaultDisk(t, 1);
  const vault = await disk.open();
  await vault.init();
  const value = new Uint8Array(60_000).fill(7);
  await vault.update(() => ({ document: documentOf(storedSecret('one', {}, { value })), value: undefined }));
  const written = readFileSync(join(disk.vault, 'vault.age'));
  disk.fill();
  for (let round = 0; round < 3; round += 1) await assert.rejects(vault.update(add('two')), refusedWith('STORE_FULL'));
  assert.deepEqual(readdirSync(disk.vault).toSorted(), ['identity', 'vault.age']);
  assert.deepEqual(readFileSync(join(disk.vault, 'vault.age')), written);
  assert.deepEqual([...(await disk.open()).document.secrets.keys()], ['one']);

  disk.free();
  await vault.update(add('two'));
  assert.deepEqual([...(await disk.open()).document.secrets.keys()], ['one', 'two']);

  disk.fill();
  assert.equal(await vault.wipe(), true);
  assert.deepEqual(readdirSync(disk.folder), ['filler']);
});

test('a vault that finds no room is not there in part', async (t) => {
  const disk = new VaultDisk(t, 1);
  disk.fill();
  const vault = await disk.open();
  await assert.rejects(vault.init(), refusedWith('STORE_FULL'));
  assert.deepEqual(readdirSync(disk.folder), ['filler']);
  disk.free();
  assert.equal(await vault.init(), true);
  assert.deepEqual((await disk.open()).document, EMPTY_DOCUMENT);
});
