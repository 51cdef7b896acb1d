import assert from 'node:assert/strict';
import { appendFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { OutputLog } from '../../../src/session/output/output_log.js';
import { temporaryFolder } from '../../os/child_process.js';

const nameOf = (stream: string, offset: number): string => `${stream}.${String(offset).padStart(15, '0')}`;

test('a session that has printed nothing has nothing to read, also where its folder is gone', async (t) => {
  const folder = temporaryFolder(t);
  for (const log of [new OutputLog(folder), new OutputLog(join(folder, 'missing'))]) {
    assert.deepEqual(await log.sizes(), { stdout: 0, stderr: 0 });
    assert.equal(await log.activityWallMs(), undefined);
    assert.deepEqual(await log.read('stdout', 7, 100), { offset: 7, bytes: Buffer.alloc(0) });
    assert.equal((await log.tail('stderr', 100)).length, 0);
  }
});

test('a read goes over segments, begins at the oldest byte that is kept, and keeps to its limit', async (t) => {
  const folder = temporaryFolder(t);
  const log = new OutputLog(folder);
  writeFileSync(join(folder, nameOf('out', 100)), 'abc');
  writeFileSync(join(folder, nameOf('out', 103)), 'def');
  writeFileSync(join(folder, nameOf('out', 106)), '');
  writeFileSync(join(folder, nameOf('err', 0)), 'other');
  writeFileSync(join(folder, 'out.txt'), 'not one of them');
  const read = async (offset: number, maxBytes: number) => {
    const piece = await log.read('stdout', offset, maxBytes);
    return [piece.offset, String(piece.bytes)];
  };
  assert.deepEqual(await read(0, 100), [100, 'abcdef']);
  assert.deepEqual(await read(0, 4), [100, 'abcd']);
  assert.deepEqual(await read(102, 2), [102, 'cd']);
  assert.deepEqual(await read(103, 100), [103, 'def']);
  assert.deepEqual(await read(106, 100), [106, '']);
  assert.deepEqual(await read(200, 100), [200, '']);
  assert.deepEqual(await log.sizes(), { stdout: 106, stderr: 5 });
  assert.equal(String(await log.tail('stdout', 4)), 'cdef');
  assert.equal(String(await log.tail('stdout', 1000)), 'abcdef');
});

test('bytes that a full disk lost are left out, and what follows has its own offset', async (t) => {
  const folder = temporaryFolder(t);
  const log = new OutputLog(folder);
  writeFileSync(join(folder, nameOf('out', 0)), 'abc');
  writeFileSync(join(folder, nameOf('out', 50)), 'xyz');
  const before = await log.read('stdout', 0, 100);
  assert.deepEqual([before.offset, String(before.bytes)], [0, 'abc']);
  const after = await log.read('stdout', 3, 100);
  assert.deepEqual([after.offset, String(after.bytes)], [50, 'xyz']);
  assert.equal(String(await log.tail('stdout', 10)), 'xyz');
  assert.equal(String(await log.tail('stdout', 52)), 'bcxyz');
});

test('the last activity is that of the newest bytes, whatever else is in the folder', async (t) => {
  const folder = temporaryFolder(t);
  const log = new OutputLog(folder);
  const [out, next, err] = [nameOf('out', 0), nameOf('out', 3), nameOf('err', 0)].map((name) => join(folder, name));
  assert.ok(out !== undefined && next !== undefined && err !== undefined);
  for (const path of [out, next, err]) writeFileSync(path, '');
  assert.equal(await log.activityWallMs(), undefined);
  writeFileSync(out, 'abc');
  utimesSync(out, 1000, 1000);
  assert.equal(await log.activityWallMs(), 1_000_000);
  writeFileSync(err, 'e');
  utimesSync(err, 2000, 2000);
  assert.equal(await log.activityWallMs(), 2_000_000);
});

test('a change is told at once, and an abort ends the wait', async (t) => {
  const folder = temporaryFolder(t);
  const log = new OutputLog(folder);
  const path = join(folder, nameOf('out', 0));
  writeFileSync(path, '');
  const began = performance.now();
  for (let round = 0; round < 60; round += 1) {
    const changed = log.changed(new AbortController().signal);
    appendFileSync(path, 'x');
    await changed;
  }
  assert.ok(performance.now() - began < 40_000, 'not by its slow look, which is one a second');
  const aborting = new AbortController();
  const aborted = log.changed(aborting.signal);
  aborting.abort();
  await aborted;
  await log.changed(aborting.signal);
});

test('a folder that goes, or can’t be watched, is looked at again after a while', async (t) => {
  const folder = join(temporaryFolder(t), 'missing');
  await new OutputLog(folder).changed(new AbortController().signal);
});

test('segments that go or come between two looks are made up for', async (t) => {
  const folder = temporaryFolder(t);
  // Its folder counts as long unchanged, and what is in it is known.
  const log = new OutputLog(folder, () => Date.now() + 10_000);
  writeFileSync(join(folder, nameOf('out', 0)), 'abc');
  writeFileSync(join(folder, nameOf('out', 3)), 'def');
  const moment = new Date();
  utimesSync(folder, moment, moment);
  assert.equal((await log.sizes()).stdout, 6);
  rmSync(join(folder, nameOf('out', 0)));
  // As if it had gone within the same tick of the clock.
  utimesSync(folder, moment, moment);
  const { offset, bytes } = await log.read('stdout', 0, 100);
  assert.deepEqual([offset, String(bytes)], [3, 'def']);
  appendFileSync(join(folder, nameOf('out', 3)), 'ghi');
  assert.equal((await log.sizes()).stdout, 9);
  writeFileSync(join(folder, nameOf('out', 9)), 'x');
  assert.equal((await log.sizes()).stdout, 10);
  rmSync(join(folder, nameOf('out', 9)));
  assert.equal((await log.sizes()).stdout, 9);
});

test('a folder that has just changed is read again each time', async (t) => {
  const folder = temporaryFolder(t);
  const moment = new Date();
  const log = new OutputLog(folder, () => moment.getTime());
  utimesSync(folder, moment, moment);
  assert.equal((await log.sizes()).stdout, 0);
  writeFileSync(join(folder, nameOf('out', 0)), 'abc');
  utimesSync(folder, moment, moment);
  assert.equal((await log.sizes()).stdout, 3);
});
