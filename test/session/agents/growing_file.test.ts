import assert from 'node:assert/strict';
import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type LineFold, type ReadFile, readGrowingFile } from '../../../src/session/agents/growing_file.js';
import { temporaryFolder } from '../../os/child_process.js';

/** The lines themselves; `|` where some are missing. */
const LINES: LineFold<readonly string[]> = {
  empty: [],
  wholeBytes: 1024 * 1024,
  take: (lines, line) => [...lines, line],
  skip: (lines) => [...lines, '|'],
  knowsStart: (lines) => lines.includes('enough'),
};

class GrowingFile {
  readonly path: string;
  #read: ReadFile<readonly string[]> | undefined;

  constructor(t: TestContext) {
    this.path = join(temporaryFolder(t), 'file');
  }

  async lines(): Promise<readonly string[]> {
    const signal = AbortSignal.timeout(10_000);
    this.#read = await readGrowingFile(this.path, statSync(this.path), this.#read, LINES, signal);
    return this.#read.state;
  }
}

/** All bytes that this process has read from files so far. */
function bytesRead(): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'latin1'))?.[1]);
}

test('lines are taken in once they are whole, each of them once', async (t) => {
  const file = new GrowingFile(t);
  writeFileSync(file.path, 'one\ntw');
  assert.deepEqual(await file.lines(), ['one']);
  appendFileSync(file.path, 'o\n\nthree\r\nfo');
  assert.deepEqual(await file.lines(), ['one', 'two', '', 'three\r']);
  assert.deepEqual(await file.lines(), ['one', 'two', '', 'three\r']);
  appendFileSync(file.path, 'ur\n');
  assert.deepEqual(await file.lines(), ['one', 'two', '', 'three\r', 'four']);
});

test('characters and lines that the borders of chunks cut are whole', async (t) => {
  const file = new GrowingFile(t);
  const lines = Array.from({ length: 300 }, (_, index) => 'ä€😀'.repeat(index));
  writeFileSync(file.path, lines.map((line) => `${line}\n`).join(''));
  assert.deepEqual(await file.lines(), lines);
});

test('a file that is cut short or written anew is read from its beginning', async (t) => {
  const file = new GrowingFile(t);
  writeFileSync(file.path, 'one\ntwo\nthree\n');
  await file.lines();
  truncateSync(file.path, 4);
  assert.deepEqual(await file.lines(), ['one']);
  writeFileSync(file.path, 'eins\nzwei\ndrei\nvier\n');
  assert.deepEqual(await file.lines(), ['eins', 'zwei', 'drei', 'vier']);
});

test('of a huge file only the head, the tail and what is appended are read', async (t) => {
  const file = new GrowingFile(t);
  const fd = openSync(file.path, 'w');
  writeSync(fd, 'first\nenough\n');
  ftruncateSync(fd, 100 * 1024 * 1024);
  writeSync(fd, '\nlast\n', 100 * 1024 * 1024);
  closeSync(fd);
  const before = bytesRead();
  assert.deepEqual(await file.lines(), ['first', 'enough', '|', 'last']);
  assert.ok(bytesRead() - before < 1024 * 1024, `${bytesRead() - before} bytes were read`);
  const between = bytesRead();
  appendFileSync(file.path, 'more\n');
  assert.deepEqual(await file.lines(), ['first', 'enough', '|', 'last', 'more']);
  assert.ok(bytesRead() - between < 10_000, `${bytesRead() - between} bytes were read`);
  appendFileSync(file.path, `${'x'.repeat(99)}\n`.repeat(10_000));
  const lines = await file.lines();
  assert.equal(lines[5], '|');
  assert.ok(lines.length < 3000);
});

test('a line too long for anything of interest is passed over', async (t) => {
  const file = new GrowingFile(t);
  writeFileSync(file.path, `one\n${'x'.repeat(400_000)}\ntwo\n${'y'.repeat(400_000)}`);
  assert.deepEqual(await file.lines(), ['one', 'two']);
  appendFileSync(file.path, `\nthree\n`);
  assert.deepEqual((await file.lines()).at(-1), 'three');
});

test('a reader whose time is over stops', async (t) => {
  const file = new GrowingFile(t);
  writeFileSync(file.path, 'one\n');
  const over = AbortSignal.abort(new Error('over'));
  await assert.rejects(readGrowingFile(file.path, statSync(file.path), undefined, LINES, over), /over/);
});
