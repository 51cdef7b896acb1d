// needs: root mount umount
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../os/child_process.js';
import { eventually, isGone, runSession, startSession } from '../session/shim/running_shim.js';
import { SmallDisk } from './small_disk.js';

function workingIn(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`) === folder;
    } catch {
      return false;
    }
  });
}

const MIB = 1024 * 1024;

test('a session on a full disk runs on unhindered, its exit is known, and output is kept again when there is room', async (t) => {
  const disk = new SmallDisk(t, 3);
  const folder = join(disk.folder, 'session');
  const command = `echo before; : >runs; until [ -e go ]; do sleep 0.02; done
head -c 50000000 /dev/zero; : >printed
until [ -e room ]; do sleep 0.02; done
echo again; sleep 0.1; echo and again; exit 6`;
  const session = await runSession(t, { folder, command, outputBytes: 16 * MIB });
  await eventually(async () => (await session.printed()) === 'before\n', 'it prints');
  disk.fill();
  mkdirSync(join(session.directory, 'go'));
  await eventually(() => existsSync(join(session.directory, 'printed')), 'it has printed all of it');
  const { stdout } = await session.log.sizes();
  assert.ok(stdout > 0 && stdout < 4 * MIB, `${stdout}`);
  disk.free();
  mkdirSync(join(session.directory, 'room'));
  const exit = await session.exit();
  assert.equal(exit.kind === 'code' && exit.code, 6);
  await eventually(() => isGone(session.shim), 'the shim has ended');
  assert.equal(String(await session.log.tail('stdout', 16)), 'again\nand again\n');
  // The gap shows.
  const kept = await session.log.read('stdout', 0, 8 * MIB);
  const after = await session.log.read('stdout', kept.bytes.length, 100);
  assert.ok(kept.offset === 0 && after.offset > kept.bytes.length, `${kept.bytes.length} ${after.offset}`);
});

test('the exit of a session is known although the disk is full at its end', async (t) => {
  const disk = new SmallDisk(t, 1);
  const folder = join(disk.folder, 'session');
  const session = await runSession(t, { folder, command: ': >runs; until [ -e go ]; do sleep 0.02; done; exit 5' });
  await eventually(() => existsSync(join(session.directory, 'runs')), 'it runs');
  disk.fill();
  mkdirSync(join(session.directory, 'go'));
  const exit = await session.exit();
  assert.equal(exit.kind === 'code' && exit.code, 5);
});

test('nothing is started on a disk that is full before', async (t) => {
  const disk = new SmallDisk(t, 1);
  const folder = join(disk.folder, 'session');
  mkdirSync(folder);
  disk.fill();
  const directory = temporaryFolder(t);
  const wish = { folder, directory, command: ': >ran' };
  await assert.rejects(startSession(t, wish), /its folder cannot be written to/);
  await assert.rejects(startSession(t, { ...wish, input: 'text' }), /ENOSPC/);
  await assert.rejects(startSession(t, { ...wish, keepStdin: true }), /its folder|fifo/);
  assert.equal(existsSync(join(directory, 'ran')), false);
  await eventually(() => workingIn(folder).length === 0, 'no process is left');
});
