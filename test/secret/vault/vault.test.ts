import assert from 'node:assert/strict';
import {
  chmodSync,
  closeSync,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Decrypter, Encrypter, identityToRecipient } from 'age-encryption';
import { Refusal } from '../../../src/rpc/refusal.js';
import type { Vault } from '../../../src/secret/vault/vault_port.js';
import { documentOf, storedSecret, textOf } from '../stored_secrets.js';
import { add, refusedWith } from './vault_contract.js';
import { VaultHome } from './vault_home.js';

const MARKER = 'marker-7f1d2c9e';

/** A vault with a secret whose value is the marker. */
async function filled(home: VaultHome): Promise<Vault> {
  const vault = await home.open();
  await vault.init();
  const value = Buffer.from(MARKER);
  await vault.update(() => ({ document: documentOf(storedSecret('team/token', {}, { value })), value: undefined }));
  return vault;
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o7777).toString(8);
}

async function readByAge(home: VaultHome): Promise<unknown> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(readFileSync(home.paths.identity, 'utf8').trim());
  return JSON.parse(await decrypter.decrypt(readFileSync(home.paths.encrypted), 'text'));
}

test('opening makes no file, and neither does a wipe of nothing', async (t) => {
  const home = new VaultHome(t);
  const vault = await home.open();
  await vault.wipe();
  await vault.close();
  assert.deepEqual(readdirSync(home.stateDir), []);
});

test('the vault is an age file that age itself reads with the identity beside it', async (t) => {
  const home = new VaultHome(t);
  const vault = await filled(home);
  assert.deepEqual(readdirSync(home.paths.folder).toSorted(), ['identity', 'vault.age']);
  assert.ok(readFileSync(home.paths.encrypted, 'latin1').startsWith('age-encryption.org/v1\n-> X25519 '));
  const identity = readFileSync(home.paths.identity, 'utf8');
  assert.match(identity, /^AGE-SECRET-KEY-1[0-9A-Z]+\n$/);
  assert.equal(await identityToRecipient(identity.trim()), vault.recipient);
  assert.deepEqual(await readByAge(home), {
    format: 1,
    generation: 2,
    secrets: [
      {
        name: 'team/token',
        source: 'vault:',
        value: Buffer.from(MARKER).toString('base64'),
        version: 1,
        createWallMs: 1_000,
        updateWallMs: 1_000,
        hooks: { rotate: '', onRotate: '', onRevoke: '', onDelete: '' },
      },
    ],
    revocations: [],
    envFiles: [],
  });
});

test('what age itself wrote is opened, with an identity as age-keygen writes it', async (t) => {
  const home = new VaultHome(t);
  const { recipient = '' } = await filled(home);
  const content = JSON.stringify(await readByAge(home)).replace('team/token', 'other/token');
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  writeFileSync(home.paths.encrypted, await encrypter.encrypt(content));
  const identity = readFileSync(home.paths.identity, 'utf8');
  writeFileSync(home.paths.identity, `# created: 2026-01-01T00:00:00Z\n# public key: ${recipient}\n${identity}`);
  const vault = await home.open();
  assert.equal(textOf(vault.document.secrets.get('other/token')?.value), MARKER);
  await vault.update(add('one'));
  assert.equal((await home.open()).document.secrets.size, 2);
});

test('each write has a higher number than all before it, also after a restart', async (t) => {
  const home = new VaultHome(t);
  await filled(home);
  const vault = await home.open();
  await vault.update(add('one'));
  const content = await readByAge(home);
  assert.ok(typeof content === 'object' && content !== null && 'generation' in content);
  assert.equal(content.generation, 3);
});

test('folder and files are for their owner alone, whatever the umask', async (t) => {
  const before = process.umask(0);
  t.after(() => process.umask(before));
  const home = new VaultHome(t);
  await filled(home);
  assert.equal(modeOf(home.paths.folder), '700');
  assert.equal(modeOf(home.paths.identity), '600');
  assert.equal(modeOf(home.paths.encrypted), '600');
});

test('what others could read is made private and told of', async (t) => {
  const home = new VaultHome(t);
  await filled(home);
  const { folder, identity, encrypted } = home.paths;
  chmodSync(folder, 0o755);
  chmodSync(identity, 0o640);
  chmodSync(encrypted, 0o644);
  const vault = await home.open();
  assert.equal(textOf(vault.document.secrets.get('team/token')?.value), MARKER);
  assert.deepEqual(home.tightened, [
    { path: folder, mode: 0o755 },
    { path: identity, mode: 0o640 },
    { path: encrypted, mode: 0o644 },
  ]);
  assert.deepEqual([folder, identity, encrypted].map(modeOf), ['700', '600', '600']);
  await home.open();
  assert.equal(home.tightened.length, 3, 'told once');
});

test('no value and no name is in any file in clear, in no encoding', async (t) => {
  const home = new VaultHome(t);
  await filled(home);
  const value = Buffer.from(MARKER);
  const traces = [MARKER, value.toString('base64').slice(0, -2), value.toString('hex'), 'team/token'];
  for (const name of Object.keys(home.snapshot()).filter((each) => !each.endsWith('/'))) {
    const content = readFileSync(join(home.stateDir, name), 'latin1');
    for (const trace of traces) assert.ok(!content.includes(trace), `${name} holds ${trace}`);
  }
});

for (const { code, reason, message } of [
  { code: 'ENOSPC', reason: 'STORE_FULL', message: /^the disk of the state folder is full; make room and try again$/ },
  { code: 'EDQUOT', reason: 'STORE_FULL', message: /^the disk of the state folder is full; make room and try again$/ },
  { code: 'EIO', reason: 'VAULT_NOT_WRITTEN', message: /EIO.* is as it was/ },
] as const) {
  test(`a write that fails leaves every byte, and says what to do: ${code}`, async (t) => {
    const home = new VaultHome(t);
    const vault = await filled(home);
    const before = home.snapshot();
    home.fault = code;
    await assert.rejects(vault.update(add('one')), (error: unknown) => {
      assert.match(String(error instanceof Error && error.message), message);
      return refusedWith(reason)(error);
    });
    assert.deepEqual(home.snapshot(), before);
    assert.deepEqual([...vault.document.secrets.keys()], ['team/token']);
    const made = new VaultHome(t);
    made.fault = code;
    await assert.rejects((await made.open()).init(), refusedWith(reason));
    assert.deepEqual(made.snapshot(), {});
  });
}

test('a vault whose folder is gone is not written anew', async (t) => {
  const home = new VaultHome(t);
  const vault = await filled(home);
  rmSync(home.paths.folder, { recursive: true });
  await assert.rejects(vault.update(add('one')), (error: unknown) => {
    assert.ok(
      error instanceof Refusal && error.message.includes('ENOENT') && error.message.includes(home.paths.folder),
    );
    return refusedWith('VAULT_NOT_WRITTEN')(error);
  });
  assert.deepEqual(home.snapshot(), {});
});

test('a vault that came while the daemon ran is not made anew over it', async (t) => {
  const home = new VaultHome(t);
  const early = await home.open();
  await filled(home);
  const before = home.snapshot();
  await assert.rejects(early.init(), (error: unknown) => {
    assert.ok(error instanceof Refusal && /restart it if they are a vault/.test(error.message));
    return refusedWith('VAULT_NOT_WRITTEN')(error);
  });
  assert.deepEqual(home.snapshot(), before);
});

/** The bytes that a path's file had, also once it is deleted. */
function watched(context: TestContext, path: string): { readonly size: number; now(): Buffer } {
  const file = openSync(path, 'r');
  context.after(() => closeSync(file));
  const { size } = fstatSync(file);
  return {
    size,
    now: () => {
      const bytes = Buffer.alloc(fstatSync(file).size);
      readSync(file, bytes, 0, bytes.length, 0);
      return bytes;
    },
  };
}

test('a wipe leaves no byte of identity and vault, not even in the blocks that they had', async (t) => {
  const home = new VaultHome(t);
  const vault = await filled(home);
  const value = new Uint8Array(65_536).fill(7);
  const many = Array.from({ length: 3 }, (_, index) => storedSecret(`s${index}`, {}, { value }));
  await vault.update(() => ({ document: documentOf(...many), value: undefined }));
  const blocks = [home.paths.identity, home.paths.encrypted].map((path) => watched(t, path));
  const copy = join(home.stateDir, 'linked');
  linkSync(home.paths.identity, copy);
  writeFileSync(join(home.paths.folder, '.new-0123456789ab'), 'half of a vault');
  const half = watched(t, join(home.paths.folder, '.new-0123456789ab'));
  assert.equal(await vault.wipe(), true);
  for (const { size, now } of [...blocks, half]) {
    assert.ok(size > 0);
    assert.deepEqual(now(), Buffer.alloc(size));
  }
  assert.deepEqual(Object.keys(home.snapshot()), ['linked']);
});

test('a wipe leaves what is not the vault’s where it is', async (t) => {
  const home = new VaultHome(t);
  const vault = await filled(home);
  const notes = join(home.paths.folder, 'notes.txt');
  writeFileSync(notes, 'mine');
  assert.equal(await vault.wipe(), true);
  assert.deepEqual(Object.keys(home.snapshot()), ['vault/', 'vault/notes.txt']);
  await assert.rejects(vault.init(), refusedWith('VAULT_NOT_WRITTEN'));
  rmSync(notes);
  assert.equal(await vault.init(), true);
});

for (const stuck of ['identity', 'encrypted'] as const) {
  test(`a wipe that a fault stops says what is left, and goes on where it is asked again: ${stuck}`, async (t) => {
    const home = new VaultHome(t);
    const vault = await filled(home);
    const other = watched(t, home.paths[stuck === 'identity' ? 'encrypted' : 'identity']);
    const path = home.paths[stuck];
    rmSync(path);
    // Can't be unlinked, whoever tries.
    mkdirSync(path);
    await assert.rejects(vault.wipe(), (error: unknown) => {
      assert.ok(error instanceof Refusal && /^the vault is out of use, but not all of it /.test(error.message));
      assert.ok(error.message.includes(`/${basename(path)}'`), error.message);
      return refusedWith('VAULT_NOT_WRITTEN')(error);
    });
    assert.deepEqual(other.now(), Buffer.alloc(other.size), 'the other file went all the same');
    assert.equal(vault.document.secrets.size, 0);
    const [left = ''] = readdirSync(home.stateDir);
    assert.match(left, /^\.vault-wiped-/);
    assert.deepEqual(readdirSync(join(home.stateDir, left)), [basename(path)]);
    rmSync(join(home.stateDir, left, basename(path)), { recursive: true });
    assert.equal(await vault.wipe(), false);
    assert.deepEqual(readdirSync(home.stateDir), []);
  });
}
