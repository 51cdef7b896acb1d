import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { replaceFile } from '../../../src/os/atomic_file.js';
import { FuseFiles } from '../../../src/session/fuses/fuse_files.js';
import type { FuseDeed, StoredFuse } from '../../../src/session/fuses/fuse_rules.js';
import { temporaryFolder } from '../../os/child_process.js';

const NOW = 1_750_000_000_000;

function fuseOf(fuseId: string, deed: FuseDeed = { kind: 'exec', command: 'echo "ä"' }): StoredFuse {
  const times = { fireWallMs: NOW + 0.5, setWallMs: NOW - 1 };
  return { fuseId, sessionId: 'sabcdefghijkl', directory: '/work', deed, ...times, label: 'lunch' };
}

function folderOf(t: TestContext): string {
  return join(temporaryFolder(t), 'state', 'fuses');
}

function byId(fuses: readonly StoredFuse[]): StoredFuse[] {
  return [...fuses].sort((one, other) => (one.fuseId < other.fuseId ? -1 : 1));
}

describe('fuses on the disk', () => {
  test('come back as they were, of every kind', (t) => {
    const folder = folderOf(t);
    const files = new FuseFiles(folder);
    assert.deepEqual(files.readAll(NOW), { fuses: [], damaged: [] });
    const fuses = [
      fuseOf('faaaa'),
      fuseOf('fbbbb', { kind: 'webhook', url: 'https://a.example/x' }),
      fuseOf('fcccc', { kind: 'stop-session' }),
      fuseOf('fdddd', { kind: 'event', event: 'fuse.reminder' }),
    ];
    for (const fuse of fuses) files.write(fuse);
    assert.deepEqual(byId(new FuseFiles(folder).readAll(NOW).fuses), fuses);
    files.remove('fbbbb');
    files.remove('fbbbb');
    assert.deepEqual(byId(new FuseFiles(folder).readAll(NOW).fuses), fuses.toSpliced(1, 1));
  });

  test('are for their owner alone', (t) => {
    const folder = folderOf(t);
    new FuseFiles(folder).write(fuseOf('faaaa'));
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.equal(statSync(join(folder, 'faaaa.json')).mode & 0o777, 0o600);
  });
});

describe('a damaged file', () => {
  const damages: Readonly<Record<string, string>> = {
    'cut short': '{"format":1,"fuseId":"fb',
    empty: '',
    'no JSON': '\0\0\0\0',
    'of another kind': '[]',
    'of a newer version': JSON.stringify({ format: 2, ...fuseOf('fbbbb') }),
    'with another id': JSON.stringify({ format: 1, ...fuseOf('fcccc') }),
    'with an action that is none': JSON.stringify({ format: 1, ...fuseOf('fbbbb'), deed: { kind: 'explode' } }),
    'with a time that is none': JSON.stringify({ format: 1, ...fuseOf('fbbbb'), fireWallMs: 1e300 }),
  };
  for (const [what, content] of Object.entries(damages)) {
    test(`${what} is moved aside, kept byte for byte, and harms no other`, (t) => {
      const folder = folderOf(t);
      const files = new FuseFiles(folder);
      files.write(fuseOf('faaaa'));
      writeFileSync(join(folder, 'fbbbb.json'), content);
      const { fuses, damaged } = files.readAll(NOW);
      assert.deepEqual(fuses, [fuseOf('faaaa')]);
      const aside = join(folder, `fbbbb.json.damaged-${NOW}`);
      assert.deepEqual(
        damaged.map(({ path }) => path),
        [aside],
      );
      assert.ok(damaged[0]?.fault !== '');
      assert.equal(readFileSync(aside, 'utf8'), content);
      assert.deepEqual(files.readAll(NOW).damaged, [], 'it is told once');
      assert.deepEqual(readdirSync(folder).sort(), ['faaaa.json', `fbbbb.json.damaged-${NOW}`]);
    });
  }
});

test('what a crash left of a write goes, what others left stays', (t) => {
  const folder = folderOf(t);
  const files = new FuseFiles(folder);
  files.write(fuseOf('faaaa'));
  for (const name of ['.new-0123456789ab', 'notes.txt']) writeFileSync(join(folder, name), 'x');
  assert.deepEqual(files.readAll(NOW), { fuses: [fuseOf('faaaa')], damaged: [] });
  assert.deepEqual(readdirSync(folder).sort(), ['faaaa.json', 'notes.txt']);
});

describe('a write that fails', () => {
  for (const code of ['ENOSPC', 'EDQUOT']) {
    test(`with ${code} is refused in words, and what was there stays`, (t) => {
      const folder = folderOf(t);
      new FuseFiles(folder).write(fuseOf('faaaa'));
      const files = new FuseFiles(folder, () => {
        throw Object.assign(new Error(code), { code });
      });
      assert.throws(() => files.write(fuseOf('fbbbb')), { reason: 'STORE_FULL', message: /make room/ });
      assert.throws(() => files.write({ ...fuseOf('faaaa'), label: 'new' }), { reason: 'STORE_FULL' });
      assert.deepEqual(files.readAll(NOW).fuses, [fuseOf('faaaa')]);
    });
  }

  test('for another reason is told as it is', (t) => {
    const fault = Object.assign(new Error('EROFS'), { code: 'EROFS' });
    const files = new FuseFiles(folderOf(t), (path, content) => {
      if (path.endsWith('fbbbb.json')) throw fault;
      replaceFile(path, content);
    });
    files.write(fuseOf('faaaa'));
    assert.throws(() => files.write(fuseOf('fbbbb')), fault);
  });
});
