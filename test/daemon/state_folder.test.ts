import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openSigningKey } from '../../src/daemon/signing_key.js';
import { StartFailure } from '../../src/daemon/start_failure.js';
import { lockStateFolder, openStateFolder } from '../../src/daemon/state_folder.js';
import { temporaryFolder } from './temporary_folder.js';

const ownUid = process.getuid?.() ?? 0;

function failure(exitCode: number, words: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof StartFailure && error.exitCode === exitCode && words.test(error.message);
}

describe('state folder', () => {
  test('is made, and made private where it was not', (context) => {
    const path = join(temporaryFolder(context), 'a/b');
    openStateFolder(path, ownUid);
    assert.equal(lstatSync(path).mode & 0o777, 0o700);
    chmodSync(path, 0o755);
    openStateFolder(path, ownUid);
    assert.equal(lstatSync(path).mode & 0o777, 0o700);
  });

  test('is refused where no folder can be made', () => {
    assert.throws(() => openStateFolder('/proc/nope/state', ownUid), failure(73, /cannot create the state folder/));
  });

  test('is refused as a link, a file, a folder for all, another user’s', (context) => {
    const folder = temporaryFolder(context);
    symlinkSync(folder, join(folder, 'link'));
    assert.throws(() => openStateFolder(join(folder, 'link'), ownUid), failure(73, /is a link/));
    writeFileSync(join(folder, 'file'), '');
    assert.throws(() => openStateFolder(join(folder, 'file'), ownUid), failure(73, /is not a folder/));
    assert.throws(() => openStateFolder(join(folder, 'file/below'), ownUid), failure(73, /cannot create/));
    mkdirSync(join(folder, 'tmp'));
    chmodSync(join(folder, 'tmp'), 0o1777);
    assert.throws(() => openStateFolder(join(folder, 'tmp'), ownUid), failure(73, /shared with other users/));
    assert.equal(lstatSync(join(folder, 'tmp')).mode & 0o7777, 0o1777);
    assert.throws(() => openStateFolder(folder, ownUid + 1), failure(73, /belongs to uid/));
  });

  test('has one owner at a time, who is named', async (context) => {
    const folder = temporaryFolder(context);
    const lock = await lockStateFolder(folder, ownUid, process.pid);
    const second = lockStateFolder(folder, ownUid, process.pid);
    await assert.rejects(second, failure(75, new RegExp(`^tenured is already running \\(pid ${process.pid}\\)$`)));
    lock.release();
    const third = await lockStateFolder(folder, ownUid, process.pid);
    third.release();
  });

  test('a lock that is no private file of the owner’s is not taken', async (context) => {
    const folder = temporaryFolder(context);
    writeFileSync(join(folder, 'target'), 'precious');
    symlinkSync(join(folder, 'target'), join(folder, 'lock'));
    await assert.rejects(lockStateFolder(folder, ownUid, 1), failure(73, /cannot open/));
    assert.equal(readFileSync(join(folder, 'target'), 'utf8'), 'precious');
  });
});

describe('signing key', () => {
  test('is made once, for its owner alone', (context) => {
    const folder = temporaryFolder(context);
    const key = openSigningKey(folder, ownUid);
    assert.equal(key.length, 32);
    assert.equal(lstatSync(join(folder, 'key')).mode & 0o777, 0o600);
    chmodSync(join(folder, 'key'), 0o644);
    assert.deepEqual(openSigningKey(folder, ownUid), key);
    assert.equal(lstatSync(join(folder, 'key')).mode & 0o777, 0o600);
  });

  test('a damaged one is refused in words and left as it is', (context) => {
    const folder = temporaryFolder(context);
    openSigningKey(folder, ownUid);
    truncateSync(join(folder, 'key'), 12);
    const left = readFileSync(join(folder, 'key'));
    assert.throws(() => openSigningKey(folder, ownUid), failure(74, /has 12 bytes instead of 32; restore it/));
    assert.deepEqual(readFileSync(join(folder, 'key')), left);
  });

  test('a link or another user’s is refused', { skip: ownUid !== 0 && 'needs root' }, (context) => {
    const folder = temporaryFolder(context);
    openSigningKey(folder, ownUid);
    chownSync(join(folder, 'key'), 65_534, 65_534);
    assert.throws(() => openSigningKey(folder, ownUid), failure(74, /not a file of yours/));
    mkdirSync(join(folder, 'sub'));
    symlinkSync(join(folder, 'key'), join(folder, 'sub/key'));
    assert.throws(() => openSigningKey(join(folder, 'sub'), ownUid), failure(74, /cannot read the signing key/));
  });
});
