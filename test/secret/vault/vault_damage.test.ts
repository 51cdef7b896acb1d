import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Encrypter } from 'age-encryption';
import { VaultUnreadable } from '../../../src/secret/vault/vault_unreadable.js';
import { documentOf, storedSecret } from '../stored_secrets.js';
import { VaultHome } from './vault_home.js';

const ownUid = process.getuid?.() ?? 0;

/** Encrypted in more than one part, so that a whole part can be cut off. */
const LONG_VALUE = new Uint8Array(70_000).fill(7);

async function filledHome(context: TestContext, value = new Uint8Array([1, 2, 3])): Promise<VaultHome> {
  const home = new VaultHome(context);
  const vault = await home.open();
  await vault.init();
  await vault.update(() => ({ document: documentOf(storedSecret('one', {}, { value })), value: undefined }));
  return home;
}

/** Refused for `path`, with what to do, and every byte as it was. */
async function assertRefused(home: VaultHome, path: string, fault: RegExp, uid = ownUid): Promise<void> {
  const { folder, identity } = home.paths;
  const before = home.snapshot();
  const key = readKey(identity);
  await assert.rejects(home.open(uid), (error: unknown) => {
    assert.ok(error instanceof VaultUnreadable, String(error));
    assert.equal(error.path, path);
    assert.ok(error.message.startsWith(`${path} `), error.message);
    assert.match(error.message.slice(path.length + 1), fault);
    assert.ok(error.message.includes(`nothing was changed. Restore ${folder} from a backup, or move it away`));
    assert.ok(key.length < 10 || !error.message.includes(key), 'the message quotes the identity');
    return true;
  });
  assert.deepEqual(home.snapshot(), before);
}

/** Every byte of an age header, and some of what comes behind it. */
function places(length: number): number[] {
  return Array.from({ length }, (_, at) => at).filter((at) => at < 190 || at > length - 20 || at % 7 === 0);
}

/** Enough of the identity to find it in a message. */
function readKey(path: string): string {
  try {
    return readFileSync(path, 'latin1').slice(20, 40);
  } catch {
    // Gone, or something else, as some tests want it.
    return '';
  }
}

test('a file that is cut short anywhere is refused', async (t) => {
  const home = await filledHome(t);
  for (const path of [home.paths.identity, home.paths.encrypted]) {
    const whole = readFileSync(path);
    // Without its line end, an identity is still whole.
    const lengths = whole.length - (path === home.paths.identity ? 1 : 0);
    for (const length of places(lengths)) {
      writeFileSync(path, whole.subarray(0, length));
      await assertRefused(home, path, length === 0 ? /^is empty;/ : /^is (no age|cut short)/);
    }
    writeFileSync(path, whole);
  }
  assert.equal((await home.open()).document.secrets.size, 1);
});

test('a vault that is cut where a part of it ends is refused', async (t) => {
  const home = await filledHome(t, LONG_VALUE);
  const { encrypted } = home.paths;
  const whole = readFileSync(encrypted);
  const header = whole.indexOf('\n', whole.indexOf('\n--- ') + 1) + 1;
  for (const length of [header, header + 16, header + 16 + 65_552, whole.length - 1]) {
    writeFileSync(encrypted, whole.subarray(0, length));
    await assertRefused(home, encrypted, /^is cut short or changed/);
  }
  writeFileSync(encrypted, Buffer.concat([whole, Buffer.from([0])]));
  await assertRefused(home, encrypted, /^is cut short or changed/);
});

test('a flipped bit anywhere in the vault is refused', async (t) => {
  const home = await filledHome(t);
  const { encrypted } = home.paths;
  const whole = readFileSync(encrypted);
  for (const at of places(whole.length)) {
    const changed = Buffer.from(whole);
    changed[at] = (whole[at] ?? 0) ^ (1 << (at % 8));
    writeFileSync(encrypted, changed);
    await assertRefused(home, encrypted, /^is (no age file|cut short or changed)/);
  }
});

test('a flipped bit anywhere in the identity is refused', async (t) => {
  const home = await filledHome(t);
  const { identity } = home.paths;
  const whole = readFileSync(identity);
  for (let at = 0; at < whole.length; at += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const changed = Buffer.from(whole);
      changed[at] = (whole[at] ?? 0) ^ (1 << bit);
      writeFileSync(identity, changed);
      await assertRefused(home, identity, /^is no age identity, or is damaged/);
    }
  }
});

test('half of a vault is refused', async (t) => {
  const home = await filledHome(t);
  const { identity, encrypted } = home.paths;
  for (const path of [identity, encrypted]) {
    renameSync(path, `${path}.away`);
    await assertRefused(home, path, /^is missing;/);
    renameSync(`${path}.away`, path);
  }
  await home.open();
});

test('another vault’s identity or document is refused', async (t) => {
  const home = await filledHome(t);
  const other = await filledHome(t);
  cpSync(other.paths.identity, home.paths.identity);
  await assertRefused(home, home.paths.encrypted, /was not encrypted for /);
});

test('an identity file with two keys, or with something else, is refused', async (t) => {
  const home = await filledHome(t);
  const { identity } = home.paths;
  const key = readFileSync(identity, 'utf8');
  for (const content of [key + key, `${key}and more\n`, key.toLowerCase(), '# no key\n', `${key.trim()}A\n`, '\0']) {
    writeFileSync(identity, content);
    await assertRefused(home, identity, /^is no age identity, or is damaged/);
  }
});

test('what can be decrypted and is no vault of this format is refused', async (t) => {
  const home = await filledHome(t);
  const { recipient = '' } = await home.open();
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  for (const { content, fault } of [
    { content: '', fault: /^can be decrypted, but is no JSON;/ },
    { content: 'AGE-SECRET-KEY', fault: /^can be decrypted, but is no JSON;/ },
    {
      content: '{"format":2,"vaults":[]}',
      fault: /^can be decrypted, but has format 2, and this tenured reads format 1/,
    },
    { content: '{"format":1}', fault: /^can be decrypted, but is wrong at generation/ },
  ]) {
    writeFileSync(home.paths.encrypted, await encrypter.encrypt(content));
    await assertRefused(home, home.paths.encrypted, fault);
  }
});

test('a link in the place of folder or file is refused, also one to a good vault', async (t) => {
  const home = await filledHome(t);
  for (const path of [home.paths.folder, home.paths.identity, home.paths.encrypted]) {
    const away = join(home.stateDir, 'away');
    renameSync(path, away);
    symlinkSync(away, path);
    await assertRefused(home, path, /^is a link/);
    rmSync(path);
    renameSync(away, path);
  }
  await home.open();
  rmSync(home.paths.identity);
  symlinkSync('/nonexistent', home.paths.identity);
  await assert.rejects(home.open(), VaultUnreadable);
});

test('something else in the place of folder or file is refused', async (t) => {
  const home = await filledHome(t);
  rmSync(home.paths.encrypted);
  mkdirSync(home.paths.encrypted);
  await assertRefused(home, home.paths.encrypted, /^is not a regular file/);
  rmSync(home.paths.folder, { recursive: true });
  writeFileSync(home.paths.folder, 'a file');
  await assertRefused(home, home.paths.folder, /^is not a folder/);
});

test('the vault of another user is refused, and its modes stay', async (t) => {
  const home = await filledHome(t);
  chmodSync(home.paths.folder, 0o755);
  await assertRefused(home, home.paths.folder, new RegExp(`^belongs to uid ${ownUid}, not to uid 4242;`), 4242);
  assert.deepEqual(home.tightened, []);
});

test('a file of another user in an own vault is refused', { skip: ownUid !== 0 }, async (t) => {
  const home = await filledHome(t);
  for (const path of [home.paths.identity, home.paths.encrypted]) {
    chownSync(path, 4242, -1);
    await assertRefused(home, path, /^belongs to uid 4242, not to uid 0;/);
    chownSync(path, 0, -1);
  }
});

test('a file that may not be read is refused', { skip: ownUid === 0 }, async (t) => {
  const home = await filledHome(t);
  chmodSync(home.paths.encrypted, 0o000);
  await assert.rejects(home.open(), { name: 'VaultUnreadable', message: /vault\.age can't be read \(EACCES\)/ });
});
