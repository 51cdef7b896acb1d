import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isStopped } from '../../../src/os/process_facts.js';
import { eventually, groupOf, isGone, killIfThere, runSession, startSession } from './running_shim.js';

const MIB = 1024 * 1024;

/** Pieces may be dropped while they are counted. */
function diskUse(folder: string, prefix: string): number {
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix))
    .reduce((sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** The shim pauses between two looks. */
function isPause(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sleep\n';
  } catch {
    return false;
  }
}

/** Stops a pause, so that no time passes for what waits for its end. */
function pauseForEver(pid: number): boolean {
  if (!isPause(pid)) return false;
  killIfThere(pid, 'SIGSTOP');
  return isStopped(pid);
}

/** Whether the kernel throws such signals to it away. One that is gone minds none. */
function ignores(pid: number, signal: number): boolean {
  try {
    const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? '0';
    return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
  } catch {
    return true;
  }
}

test('both streams are kept apart, byte for byte, up to the last one, however quick the command is', async (t) => {
  for (let round = 0; round < 10; round += 1) {
    const session = await runSession(t, { command: "printf 'o\\0\\377\\n%s' end; printf 'e %s' last >&2; exit 3" });
    await session.exit();
    assert.deepEqual(await session.log.tail('stdout', 100), Buffer.from('o\0\xff\nend', 'latin1'));
    assert.deepEqual(await session.log.tail('stderr', 100), Buffer.from('e last'));
    assert.deepEqual(await session.log.sizes(), { stdout: 7, stderr: 6 });
  }
});

test('much output is there to its last byte when the exit is', async (t) => {
  const lines = 'i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); done';
  const session = await runSession(t, { command: `(${lines}) >&2; ${lines}`, outputBytes: 4 * MIB });
  await session.exit();
  const expected = Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`).join('');
  assert.equal(await session.printed(), expected);
  assert.equal(String(await session.log.tail('stderr', 1e9)), expected);
});

test('an exit waits for output that is slow to be kept', async (t) => {
  const session = await runSession(t, { command: ': >runs; until [ -e go ]; do sleep 0.02; done; echo all of it' });
  await eventually(() => existsSync(join(session.directory, 'runs')), 'it runs');
  const keepers = groupOf(session.shim.pid).filter((pid) => pid !== session.shim.pid);
  for (const pid of keepers) killIfThere(pid, 'SIGSTOP');
  writeFileSync(join(session.directory, 'go'), '');
  const first = await eventually(() => groupOf(session.shim.pid).find(isPause), 'the shim waits');
  const more = () => groupOf(session.shim.pid).some((pid) => pid !== first && pauseForEver(pid));
  await eventually(more, 'for longer than once');
  assert.equal(existsSync(join(session.folder, 'exit')), false);
  for (const pid of keepers) killIfThere(pid, 'SIGCONT');
  await session.exit();
  assert.equal(await session.printed(), 'all of it\n');
});

test('what is printed can be read at once, also a piece of a line', async (t) => {
  const session = await runSession(t, { command: 'printf ab; read -r line; printf cd; read -r line', keepStdin: true });
  await eventually(async () => (await session.printed()) === 'ab', 'the first piece');
  const changed = session.log.changed(AbortSignal.timeout(20_000));
  writeFileSync(join(session.folder, 'input'), '\n');
  await changed;
  await eventually(async () => (await session.printed()) === 'abcd', 'the second piece');
  assert.ok(Math.abs(((await session.log.activityWallMs()) ?? 0) - Date.now()) < 20_000);
});

test('of 100 MB the newest are kept, their offsets stay true, and a reader who never reads slows nothing', async (t) => {
  const size = 100_000_000;
  const path = join(import.meta.dirname, '..', '..', '..', 'package-lock.json');
  const text = readFileSync(path);
  const command = `while cat '${path}'; do :; done | head -c ${size}; head -c 3000000 /dev/zero >&2`;
  const session = await runSession(t, { command, outputBytes: 2 * MIB });
  let most = 0;
  /** Whether it was read while it was written, from an offset that was gone by then. */
  let dropped = false;
  const exit = await eventually(async () => {
    most = Math.max(most, diskUse(session.folder, 'out.'));
    const { offset, bytes } = await session.log.read('stdout', 5, 1000);
    for (const [at, byte] of bytes.entries()) assert.equal(byte, text[(offset + at) % text.length]);
    dropped ||= bytes.length > 0 && offset > 5;
    return existsSync(join(session.folder, 'exit')) ? session.exit() : undefined;
  }, 'it ends');
  assert.equal(exit.kind, 'code');
  assert.ok(dropped);
  assert.ok(most <= 4 * MIB, `${most} bytes on the disk`);
  assert.deepEqual(await session.log.sizes(), { stdout: size, stderr: 3_000_000 });

  const { offset, bytes } = await session.log.read('stdout', 5, 10 * MIB);
  assert.ok(offset > 5 && size - offset >= 2 * MIB, `${offset}`);
  assert.equal(offset + bytes.length, size);
  const expected = Buffer.alloc(bytes.length);
  for (let at = 0; at < expected.length; ) at += text.copy(expected, at, (offset + at) % text.length);
  assert.equal(createHash('md5').update(bytes).digest('hex'), createHash('md5').update(expected).digest('hex'));
  assert.deepEqual(await session.log.tail('stdout', 10), expected.subarray(-10));
});

test('a reader that follows while it is written gets every byte in order', async (t) => {
  const count = 300_000;
  const command = `i=0; while [ $i -lt ${count} ]; do echo $i; i=$((i+1)); done`;
  const session = await runSession(t, { command, outputBytes: 64 * MIB });
  const chunks: Buffer[] = [];
  let next = 0;
  const patience = AbortSignal.timeout(120_000);
  for (let ended = false; !ended; ) {
    ended = existsSync(join(session.folder, 'exit'));
    const changed = session.log.changed(patience);
    for (;;) {
      const { offset, bytes } = await session.log.read('stdout', next, 65_536);
      if (bytes.length === 0) break;
      assert.equal(offset, next);
      chunks.push(bytes);
      next += bytes.length;
    }
    if (!ended) await changed;
    patience.throwIfAborted();
  }
  const expected = Array.from({ length: count }, (_, i) => `${i}\n`).join('');
  assert.equal(String(Buffer.concat(chunks)) === expected, true);
});

test('what stays behind is still heard, keeps the shim, and hides no exit', async (t) => {
  const command = 'setsid sh -c "while ! [ -e go ]; do sleep 0.02; done; echo later" & echo first; exit 4';
  const session = await runSession(t, { command });
  const exit = await session.exit();
  assert.equal(exit.kind === 'code' && exit.code, 4);
  assert.ok(isGone(session.main));
  assert.equal(isGone(session.shim), false);
  assert.equal(await session.printed(), 'first\n');
  writeFileSync(join(session.directory, 'go'), '');
  await eventually(() => isGone(session.shim), 'the shim ends with the last of it');
  await eventually(async () => (await session.printed()) === 'first\nlater\n', 'the last of it is kept');
});

test('what stays behind keeps the shim also where it prints nowhere', async (t) => {
  const command = 'setsid sh -c "while ! [ -e go ]; do sleep 0.02; done" >/dev/null 2>&1 </dev/null & exit 0';
  const session = await runSession(t, { command });
  await session.exit();
  await eventually(() => groupOf(session.shim.pid).some(isPause), 'it has looked');
  assert.equal(isGone(session.shim), false);
  writeFileSync(join(session.directory, 'go'), '');
  await eventually(() => isGone(session.shim), 'the shim ends with the last of it');
});

for (const when of ['while its command waits at the gate', 'later']) {
  test(`a shim that is killed ${when} leaves the command running, and its output is kept`, async (t) => {
    const session = await startSession(t, { command: 'until [ -e go ]; do sleep 0.02; done; echo on; : >done' });
    if (when === 'later') session.open('');
    process.kill(session.shim.pid, 'SIGKILL');
    await eventually(() => isGone(session.shim), 'the shim is gone');
    if (when !== 'later') session.open('');
    writeFileSync(join(session.directory, 'go'), '');
    await eventually(() => existsSync(join(session.directory, 'done')), 'the command has gone on');
    await eventually(async () => (await session.printed()) === 'on\n', 'its output');
    await eventually(() => isGone(session.main), 'the command has ended');
    assert.equal(existsSync(join(session.folder, 'exit')), false);
  });
}

for (const signal of ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const) {
  test(`${signal} to the shim and its keepers ends nothing`, async (t) => {
    const session = await runSession(t, {
      command: ': >runs; while ! [ -e go ]; do sleep 0.02; done; echo all; exit 2',
    });
    await eventually(() => existsSync(join(session.directory, 'runs')), 'it runs');
    const ignored = () => groupOf(session.shim.pid).every((pid) => ignores(pid, constants.signals[signal]));
    await eventually(ignored, 'the keepers have come so far as not to mind');
    process.kill(-session.shim.pid, signal);
    writeFileSync(join(session.directory, 'go'), '');
    const exit = await session.exit();
    assert.equal(exit.kind === 'code' && exit.code, 2);
    assert.equal(await session.printed(), 'all\n');
  });
}
