import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { filesBelow } from '../../../src/cli/secret/scan_files.js';
import { removeFolder } from '../../removed_folder.js';

test('files come in order; folders of others’ code, binaries, what is large and links are passed over', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tnr-'));
  t.after(() => removeFolder(folder));
  for (const name of ['.git', 'a/node_modules/x', 'b']) mkdirSync(join(folder, name), { recursive: true });
  for (const name of ['.git/config', 'a/node_modules/x/i.js', 'a/2', 'a/1', 'b/.env']) {
    writeFileSync(join(folder, name), name);
  }
  writeFileSync(join(folder, 'c.bin'), Buffer.from([1, 0, 2]));
  writeFileSync(join(folder, 'd.big'), 'x'.repeat(5 * 1024 * 1024 + 1));
  symlinkSync('b', join(folder, 'e'));
  symlinkSync('.', join(folder, 'b/loop'));
  execFileSync('mkfifo', [join(folder, 'f')]);
  const seen = [...filesBelow(folder)].map(({ path, kind }) => `${kind} ${relative(folder, path)}`);
  assert.deepEqual(seen, [
    'text a/1',
    'text a/2',
    'text b/.env',
    'link b/loop',
    'binary c.bin',
    'large d.big',
    'link e',
  ]);
  assert.deepEqual(
    [...filesBelow(join(folder, 'b/.env'))],
    [{ path: join(folder, 'b/.env'), kind: 'text', text: 'b/.env' }],
  );
  assert.deepEqual(
    [...filesBelow(join(folder, 'absent'))],
    [{ path: join(folder, 'absent'), kind: 'unreadable', code: 'ENOENT' }],
  );
});
