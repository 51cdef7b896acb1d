import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { untilWaiting } from '../e2e/lease_views.js';
import { CLI, World } from '../e2e/world.js';
import { Terminal } from './terminal.js';

const skip = !existsSync('/usr/bin/script') && 'needs script(1) of util-linux';

test('Ctrl-C reaches the command alone, and its code is told', { skip }, async (t) => {
  const world = new World(t);
  const terminal = new Terminal(world, [
    'run',
    'r',
    '--',
    'sh',
    '-c',
    'trap "echo caught; exit 9" INT; echo ready; while :; do sleep 0.05; done',
  ]);
  await terminal.shows('ready');
  terminal.type('\x03');
  await terminal.shows('caught');
  assert.equal(await terminal.end(), 9);
});

test('a command on a terminal can be stopped and continued by an interactive shell', { skip }, async (t) => {
  const world = new World(t);
  const terminal = new Terminal(world, ['run', 'r', '--', 'bash', '--norc', '-i']);
  await terminal.shows('bash-');
  terminal.type(`sh -c 'echo "li"stening; read word; echo "go"t $word'\n`);
  await terminal.shows('listening');
  terminal.type('\x1a');
  await terminal.shows('Stopped');
  terminal.type('fg\n');
  terminal.type('word\n');
  await terminal.shows('got word');
  terminal.type('exit 3\n');
  assert.equal(await terminal.end(), 3);
});

test('a wait is shown on the terminal while it lasts, with who holds it', { skip }, async (t) => {
  const world = new World(t);
  const holder = world.tenure(['run', 'r', '--', 'sh', '-c', 'echo held; while [ ! -e go ]; do sleep 0.05; done']);
  await holder.line(/^held$/);
  const terminal = new Terminal(world, ['run', 'r', '--wait', 'forever', '--', 'echo', 'entered']);
  await untilWaiting(await world.connect(), 'r', 1);
  await terminal.shows('waiting for r · position 1 · held by pid');
  await world.start('touch', [join(world.folder, 'go')]).ended;
  await terminal.shows('\r\x1b[Kentered');
  assert.equal(await terminal.end(), 0);
});

test('colours are for terminals, and never against NO_COLOR', { skip }, async (t) => {
  const world = new World(t);
  assert.equal((await world.run(['lease', 'acquire', 'r'])).code, 0);
  const coloured = new Terminal(world, ['lease', 'list']);
  assert.equal(await coloured.end(), 0);
  assert.ok(coloured.output.includes('\x1b[1mRESOURCE'));
  const plain = new Terminal(world, ['lease', 'list'], { NO_COLOR: '1' });
  assert.equal(await plain.end(), 0);
  assert.ok(plain.output.includes('RESOURCE') && !plain.output.includes('\x1b['));
  assert.ok(!(await world.run(['lease', 'list'])).stdout.includes('\x1b'));
});

test('a reader that leaves ends a watch quietly', async (t) => {
  const world = new World(t);
  const watching = `"${process.execPath}" "${CLI}" lease watch --json | head -n 1`;
  const ended = await world.start('sh', ['-c', watching]).ended;
  assert.match(ended.stdout, /^\{"type":"synced","revision":"\d+"\}\n$/);
  assert.equal(ended.stderr, '');
});
