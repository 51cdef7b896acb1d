import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { resolveCommand } from '@tenure/client/command';
import { removeFolder } from '../../removed_folder.js';

const folder = mkdtempSync(join(tmpdir(), 'tnr-'));
after(() => removeFolder(folder));
const first = join(folder, 'first');
const second = join(folder, 'second');
mkdirSync(join(first, 'tool'), { recursive: true });
mkdirSync(second);
writeFileSync(join(first, 'plain'), '');
writeFileSync(join(second, 'tool'), '');
chmodSync(join(second, 'tool'), 0o755);
const searchPath = `${first}:${second}`;

test('a folder of that name is passed over, the next file is taken', () => {
  assert.deepEqual(resolveCommand('tool', searchPath), { kind: 'found', path: join(second, 'tool') });
});

test('a file that may not be executed is told apart from none', () => {
  assert.equal(resolveCommand('plain', searchPath).kind, 'not-executable');
  assert.equal(resolveCommand('absent', searchPath).kind, 'not-found');
});

test('a path is taken as it is, and PATH does not matter', () => {
  assert.equal(resolveCommand(join(second, 'tool'), '').kind, 'found');
  assert.equal(resolveCommand(first, searchPath).kind, 'not-executable');
  assert.equal(resolveCommand(join(folder, 'absent'), searchPath).kind, 'not-found');
});

test('without PATH the usual places are searched, and nothing is no command', () => {
  assert.equal(resolveCommand('sh', undefined).kind, 'found');
  assert.equal(resolveCommand('', searchPath).kind, 'not-found');
});
