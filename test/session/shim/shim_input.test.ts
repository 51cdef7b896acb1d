import assert from 'node:assert/strict';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Reason, Refusal } from '../../../src/rpc/refusal.js';
import { writeInput } from '../../../src/session/launched/session_input.js';
import { eventually, groupOf, isGone, runSession, startSession } from './running_shim.js';

/** Where a process writes; empty where it has ended meanwhile. */
function outputOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/1`);
  } catch {
    return '';
  }
}

const refusedWith = (reason: Reason) => (error: unknown) => error instanceof Refusal && error.reason === reason;

test('standard input is empty unless something is given', async (t) => {
  const session = await runSession(t, { command: 'cat; echo end' });
  await session.exit();
  assert.equal(await session.printed(), 'end\n');
  await assert.rejects(writeInput(session.folder, Buffer.from('x'), false), refusedWith('SESSION_ENDED'));
});

test('a given text arrives to its last byte, and stands in no file meanwhile', async (t) => {
  const text = `${'a prompt with "quotes" and ümlauts\n'.repeat(10_000)}end`;
  const session = await startSession(t, { command: 'cat; echo; echo over', input: text, outputBytes: 8_000_000 });
  assert.equal(
    readdirSync(session.folder).some((name) => name.startsWith('input')),
    false,
  );
  session.open('');
  await session.exit();
  assert.equal(await session.printed(), `${text}\nover\n`);
});

test('an input that is kept open takes pieces in their order, and ends when it is closed', async (t) => {
  const session = await runSession(t, { command: 'echo up; cat; echo end', keepStdin: true, outputBytes: 8_000_000 });
  await eventually(async () => (await session.printed()) === 'up\n', 'it runs');
  await Promise.all(['one ', 'two ', 'three '].map((text) => writeInput(session.folder, Buffer.from(text), false)));
  await eventually(async () => (await session.printed()) === 'up\none two three ', 'the first pieces');
  assert.equal(isGone(session.main), false);
  const much = 'x'.repeat(1_000_000);
  await writeInput(session.folder, Buffer.from(much), true);
  const exit = await session.exit();
  assert.equal(exit.kind, 'code');
  assert.equal(await session.printed(), `up\none two three ${much}end\n`);
  await assert.rejects(writeInput(session.folder, Buffer.from('late'), false), refusedWith('SESSION_ENDED'));
  await writeInput(session.folder, Buffer.alloc(0), true);
});

test('pieces never mix, however large they are', async (t) => {
  const session = await runSession(t, { command: 'cat', keepStdin: true, outputBytes: 8_000_000 });
  const pieces = ['a', 'b', 'c'].map((letter) => letter.repeat(300_000));
  await Promise.all(pieces.map((piece, index) => writeInput(session.folder, Buffer.from(piece), index === 2)));
  await session.exit();
  assert.equal((await session.printed()) === pieces.join(''), true);
});

test('a given text comes first where the input is kept open', async (t) => {
  const session = await runSession(t, { command: 'cat', input: 'given ', keepStdin: true });
  await eventually(async () => (await session.printed()) === 'given ', 'the given text');
  await writeInput(session.folder, Buffer.from('sent'), true);
  await session.exit();
  assert.equal(await session.printed(), 'given sent');
});

test('a command that waits for input that nobody sends waits on, and the shim leaves nothing of it in the end', async (t) => {
  const session = await runSession(t, { command: ': >runs; read -r line', keepStdin: true });
  await eventually(() => existsSync(join(session.directory, 'runs')), 'it runs');
  assert.equal(isGone(session.main), false);
  process.kill(session.main.pid, 'SIGTERM');
  assert.equal((await session.exit()).kind, 'signal');
  await eventually(() => isGone(session.shim), 'the shim is gone');
  await eventually(() => !existsSync(join(session.folder, 'input')), 'nor is there an input');
  await assert.rejects(writeInput(session.folder, Buffer.from('x'), false), refusedWith('SESSION_ENDED'));
  await eventually(() => groupOf(session.shim.pid).length === 0, 'no keeper is left');
});

test('input of a command that does not read is refused in the end, and says how much it took', async (t) => {
  const session = await runSession(t, { command: ': >runs; while ! [ -e go ]; do sleep 0.02; done', keepStdin: true });
  await eventually(() => existsSync(join(session.directory, 'runs')), 'it runs');
  await assert.rejects(
    writeInput(session.folder, Buffer.alloc(100_000), false, 50),
    (error) => refusedWith('TOO_MANY')(error) && /65536 of 100000 bytes/.test(String(error)),
  );
  await assert.rejects(writeInput(session.folder, Buffer.from('x'), false, 0), refusedWith('TOO_MANY'));
});

test('the input stays open when the shim is killed', async (t) => {
  const session = await runSession(t, { command: ': >runs; read -r line; echo "<$line>"; cat', keepStdin: true });
  await eventually(() => existsSync(join(session.directory, 'runs')), 'it runs');
  const input = join(session.folder, 'input');
  const holder = await eventually(
    () => groupOf(session.shim.pid).find((pid) => outputOf(pid) === input),
    'the input is held',
  );
  process.kill(session.shim.pid, 'SIGKILL');
  await eventually(() => isGone(session.shim), 'the shim is gone');
  await writeInput(session.folder, Buffer.from('after\n'), false);
  await eventually(async () => (await session.printed()) === '<after>\n', 'the line');
  assert.ok(groupOf(session.shim.pid).includes(holder), 'its holder lives');
  await writeInput(session.folder, Buffer.alloc(0), true);
  await eventually(() => isGone(session.main), 'the command has seen the end');
  await eventually(() => groupOf(session.shim.pid).length === 0, 'no keeper is left');
});
