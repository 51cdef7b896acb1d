import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '../../os/child_process.js';
import { assertRefused, sourcesFor, textOfSource } from './source_room.js';

const ownUid = process.getuid?.() ?? 0;

/** Sources with an env file, and what they told of it. */
function withEnvFile(t: TestContext, name = 'env') {
  const path = join(temporaryFolder(t), name);
  const told: (readonly [string, number])[] = [];
  const sources = sourcesFor(t, {
    environment: { TOKEN: 'of the daemon' },
    settings: () => ({ envFile: path, sourceTimeoutMs: 20_000 }),
    onTightened: (...what) => void told.push(what),
  });
  return { path, told, sources };
}

test('without an env file the variables are the daemon’s', async (t) => {
  const sources = sourcesFor(t, { environment: { TOKEN: 'a b\n', EMPTY: '' } });
  assert.equal(await textOfSource(sources, 'env:TOKEN'), 'a b\n');
  await assertRefused(sources, 'env:EMPTY', 'empty', /gave nothing/);
  const words = /needs the variable NONE in the daemon's environment or in secrets.envFile$/;
  await assertRefused(sources, 'env:NONE', 'missing', words);
});

test('an env file stands in for the daemon’s variables, and is read anew each time', async (t) => {
  const { path, told, sources } = withEnvFile(t);
  writeFileSync(path, "# ours\nexport TOKEN='of the file'\n", { mode: 0o600 });
  assert.equal(await textOfSource(sources, 'env:TOKEN'), 'of the file');
  writeFileSync(path, 'OTHER=MARKER\n');
  await assertRefused(
    sources,
    'env:TOKEN',
    'missing',
    /needs the variable TOKEN in \/.*\/env \(secrets.envFile\); add it/,
  );
  writeFileSync(path, 'MARKER\nTOKEN="MARKER\n');
  await assertRefused(sources, 'env:TOKEN', 'missing', /needs the variable TOKEN .*; its line 1 is no NAME=VALUE/);
  assert.deepEqual(told, []);
});

test('an env file that others may look into is made private, and that is told once', async (t) => {
  const { path, told, sources } = withEnvFile(t);
  writeFileSync(path, 'A=1\nB=2\n');
  chmodSync(path, 0o644);
  assert.deepEqual(await Promise.all([textOfSource(sources, 'env:A'), textOfSource(sources, 'env:B')]), ['1', '2']);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(told, [[path, 0o644]]);
});

test('an env file that is not there, or no regular file, is refused at once', async (t) => {
  const { path, sources } = withEnvFile(t);
  await assertRefused(sources, 'env:A', 'missing', /needs \/.*\/env \(secrets.envFile\), which is not there/);
  execFileSync('mkfifo', [path]);
  await assertRefused(sources, 'env:A', 'unreadable', /which is not a regular file/);
  const folder = withEnvFile(t);
  mkdirSync(folder.path);
  await assertRefused(folder.sources, 'env:A', 'unreadable', /which is not a regular file/);
  const loop = withEnvFile(t);
  symlinkSync(loop.path, loop.path);
  await assertRefused(loop.sources, 'env:A', 'unreadable', /cannot be read or made private: ELOOP/);
});

test('an env file that is too large or no text is refused', async (t) => {
  const { path, sources } = withEnvFile(t);
  writeFileSync(path, `A=MARKER\n${'#'.repeat(1024 * 1024)}`);
  await assertRefused(sources, 'env:A', 'unreadable', /which has more than 1048576 bytes/);
  writeFileSync(path, 'A=MARKER\xff\n', 'latin1');
  await assertRefused(sources, 'env:A', 'unreadable', /which is not UTF-8 text/);
});

test('another user’s env file is refused and left as it is', { skip: ownUid !== 0 && 'needs root' }, async (t) => {
  const { path, told, sources } = withEnvFile(t);
  writeFileSync(path, 'A=MARKER\n');
  chmodSync(path, 0o644);
  chownSync(path, 65_534, 65_534);
  await assertRefused(sources, 'env:A', 'unreadable', /which belongs to uid 65534; it must be the daemon's user's own/);
  assert.equal(statSync(path).mode & 0o777, 0o644);
  assert.deepEqual(told, []);
});
