import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { followLines, readLastLines } from '../../../src/cli/daemon/log_file.js';
import { removeFolder } from '../../removed_folder.js';

function logPath(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tnr-'));
  context.after(() => removeFolder(folder));
  return join(folder, 'tenured.log');
}

test('the last lines of a large file, and no half-written one', async (context) => {
  const path = logPath(context);
  const lines = Array.from({ length: 10_000 }, (_, index) => `line ${index} ${'x'.repeat(40)}`);
  writeFileSync(path, `${lines.join('\n')}\nhalf`);
  assert.deepEqual((await readLastLines(path, 5_000)).lines, lines.slice(-5_000));
  assert.deepEqual((await readLastLines(path, 0)).lines, []);
  assert.deepEqual((await readLastLines(path, 20_000)).lines, lines);
});

test('what is lacking is taken from the file before the rotation', async (context) => {
  const path = logPath(context);
  writeFileSync(`${path}.1`, 'one\ntwo\nthree\n');
  writeFileSync(path, 'four\n');
  assert.deepEqual((await readLastLines(path, 3)).lines, ['two', 'three', 'four']);
  assert.deepEqual((await readLastLines(path, 1)).lines, ['four']);
  const { lines, end } = await readLastLines(path, 100);
  assert.deepEqual(lines, ['one', 'two', 'three', 'four']);
  const following = followLines(path, end);
  appendFileSync(path, 'five\n');
  assert.equal((await following.next()).value, 'five');
  await following.return(undefined);
});

test('no log is said with what to do', async (context) => {
  await assert.rejects(readLastLines(logPath(context), 5), /there is no log at/);
});

test('following goes on over a line of any length', async (context) => {
  const path = logPath(context);
  writeFileSync(path, 'one\n');
  const { end } = await readLastLines(path, 10);
  const following = followLines(path, end);
  const long = 'x'.repeat(5 * 1024 * 1024);
  appendFileSync(path, `${long}\nnext\n`);
  assert.equal((await following.next()).value, long);
  assert.equal((await following.next()).value, 'next');
  await following.return(undefined);
});

test('what was written just before a rotation is not lost', async (context) => {
  const path = logPath(context);
  writeFileSync(path, 'one\n');
  const { end } = await readLastLines(path, 10);
  appendFileSync(path, 'two\nthree\n');
  renameSync(path, `${path}.1`);
  writeFileSync(path, 'four\n');
  const following = followLines(path, end);
  for (const line of ['two', 'three', 'four']) assert.equal((await following.next()).value, line);
  await following.return(undefined);
});

test('following yields each line once, through half lines and a rotation', async (context) => {
  const path = logPath(context);
  writeFileSync(path, 'one\ntw');
  const { lines, end } = await readLastLines(path, 10);
  assert.deepEqual(lines, ['one']);
  const following = followLines(path, end);
  appendFileSync(path, 'o\n');
  assert.equal((await following.next()).value, 'two');
  renameSync(path, `${path}.1`);
  writeFileSync(path, 'three\n');
  assert.equal((await following.next()).value, 'three');
  await following.return(undefined);
});
