import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { Failure } from '../../../src/cli/failure.js';
import { checkEnvTarget, removeEnvFile, stateOfEnvFile, writeEnvFile } from '../../../src/cli/secret/env_file.js';
import { markerLine } from '../../../src/cli/secret/env_file_rules.js';
import { removeFolder } from '../../removed_folder.js';

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tnr-'));
  t.after(() => removeFolder(folder));
  return folder;
}

const MARKER = markerLine('0123');

describe('where an env file may be written', () => {
  test('over nothing and over tenure’s own; over another file only by force', (t) => {
    const path = join(temporaryFolder(t), '.env');
    checkEnvTarget(path, false);
    writeFileSync(path, 'MINE=1\n');
    assert.throws(() => checkEnvTarget(path, false), { exitCode: 64, message: /not written by tenure/ });
    checkEnvTarget(path, true);
    writeFileSync(path, `${markerLine('another')}\nA=1\n`);
    checkEnvTarget(path, false);
  });

  test('never over a link, a folder or a pipe, and not into a folder that is not there', (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'file'), `${MARKER}\n`);
    symlinkSync('file', join(folder, 'link'));
    symlinkSync('nowhere', join(folder, 'dangling'));
    mkdirSync(join(folder, 'folder'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    for (const name of ['link', 'dangling', 'folder', 'pipe']) {
      assert.throws(() => checkEnvTarget(join(folder, name), true), Failure, name);
    }
    assert.throws(() => checkEnvTarget(join(folder, 'absent/.env'), true), { exitCode: 66 });
  });
});

describe('an env file', () => {
  test('is private whatever the umask, replaces in one step, and leaves nothing beside', (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, '.env');
    writeFileSync(path, 'old', { mode: 0o644 });
    const umask = process.umask(0);
    try {
      writeEnvFile(path, `${MARKER}\nA=1\n`);
    } finally {
      process.umask(umask);
    }
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(readFileSync(path, 'utf8'), `${MARKER}\nA=1\n`);
    assert.deepEqual(readdirSync(folder), ['.env']);
    assert.throws(() => writeEnvFile(join(folder, 'absent/.env'), ''), { exitCode: 1, message: /ENOENT/ });
  });

  test('is removed only while it has its marker', (t) => {
    const path = join(temporaryFolder(t), '.env');
    removeEnvFile(path, MARKER);
    assert.equal(stateOfEnvFile(path, MARKER), 'gone');
    writeFileSync(path, `${markerLine('4567')}\n`);
    removeEnvFile(path, MARKER);
    assert.equal(stateOfEnvFile(path, MARKER), 'other');
    writeFileSync(path, `${MARKER}\nA=1\n`);
    assert.equal(stateOfEnvFile(path, MARKER), 'ours');
    removeEnvFile(path, MARKER);
    assert.equal(existsSync(path), false);
  });
});
