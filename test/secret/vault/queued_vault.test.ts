import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '../../../src/rpc/refusal.js';
import { EMPTY_DOCUMENT } from '../../../src/secret/vault/vault_document.js';
import { MemoryVault } from './memory_vault.js';
import { add, refusedWith } from './vault_contract.js';

function turns(count: number): Promise<void> {
  return Array.from({ length: count }).reduce<Promise<void>>(
    (last) => last.then(() => new Promise((resolve) => setImmediate(resolve))),
    Promise.resolve(),
  );
}

test('steps that come while one is written share the next write, however many turns they took', async () => {
  const vault = new MemoryVault(EMPTY_DOCUMENT);
  const held = vault.holdWrites();
  const first = vault.update(add('first'));
  await held.begun;
  const later: Promise<string>[] = [];
  for (let turn = 0; turn < 5; turn += 1) {
    later.push(vault.update(add(`a${turn}`)), vault.update(add(`b${turn}`)));
    await turns(2);
  }
  assert.equal(vault.document.secrets.size, 0, 'what is not written yet is in nobody’s document');
  held.release();
  await Promise.all([first, ...later]);
  assert.equal(vault.document.secrets.size, 11);
  assert.equal(vault.writes, 2);
});

test('a write that fails takes nothing of those behind it along', async () => {
  const vault = new MemoryVault(EMPTY_DOCUMENT);
  const held = vault.holdWrites();
  vault.failWrites(new Refusal('STORE_FULL', 'no room'));
  const first = assert.rejects(vault.update(add('first')), refusedWith('STORE_FULL'));
  await held.begun;
  const second = vault.update((document) => {
    assert.equal(document.secrets.size, 0, 'sees nothing of what failed');
    vault.failWrites(undefined);
    return add('second')(document);
  });
  held.release();
  await first;
  assert.equal(await second, 'added second');
  assert.deepEqual([...vault.document.secrets.keys()], ['second']);
});

test('a vault that is being wiped shows nothing of what was in it, also where that fails', async () => {
  const vault = new MemoryVault(EMPTY_DOCUMENT);
  await vault.update(add('one'));
  const held = vault.holdWrites();
  vault.failWrites(new Refusal('VAULT_NOT_WRITTEN', 'the disk cannot be written'));
  const wiped = assert.rejects(vault.wipe(), refusedWith('VAULT_NOT_WRITTEN'));
  await held.begun;
  assert.equal(vault.document, EMPTY_DOCUMENT);
  assert.equal(vault.recipient, undefined);
  held.release();
  await wiped;
  assert.equal(vault.document, EMPTY_DOCUMENT);
  vault.failWrites(undefined);
  assert.equal(await vault.wipe(), true);
});

test('what reads only is answered before what is written with it', async () => {
  const vault = new MemoryVault(EMPTY_DOCUMENT);
  const held = vault.holdWrites();
  const read = vault.update((document) => ({ document, value: document.secrets.size }));
  const written = vault.update(add('one'));
  assert.equal(await read, 0);
  held.release();
  await written;
});
