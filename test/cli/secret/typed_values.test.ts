import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import type { PutSecretRequest } from '@tenure/client';
import { Terminal } from '../terminal.js';
import { SecretDesk, secret } from './secret_desk.js';

const skip = !existsSync('/usr/bin/script') && 'needs script(1) of util-linux';
const VALUE = 'hunter2-märker';

/** Runs lines of shell on a terminal of their own. */
function shell(desk: SecretDesk, script: string): Terminal {
  return new Terminal(desk.world, ['-c', script], {}, ['/bin/sh']);
}

/** After a command, shows whether the terminal echoes and gathers lines. */
const LOOK =
  'echo "code=$?"; stty -a | tr -s "; " "\\n" | grep -xE -- "-?(echo|icanon|isig)" | sort | tr "\\n" " "; echo end';
const RESTORED = 'echo icanon isig end';

test('a value is asked for unseen, and again', { skip }, async (context) => {
  const desk = await SecretDesk.open(context);
  desk.answers['putSecret'] = { secret: secret('a') };
  const terminal = shell(desk, `tenure secret put a; ${LOOK}`);
  await terminal.shows('Value: ');
  terminal.type(`wrong\x15x${VALUE}`);
  terminal.type(`\x15${VALUE}!\x7f\r`);
  await terminal.shows('Again: ');
  terminal.type(`${VALUE}\r`);
  await terminal.shows(RESTORED);
  await terminal.shows('code=0');
  await terminal.end();
  assert.match(terminal.output, /Value: \r\nAgain: \r\na: added\r\n/);
  assert.ok(!terminal.output.includes('hunter2'));
  const content = Reflect.get(Object(desk.requestOf('putSecret')), 'content') as PutSecretRequest['content'];
  assert.equal(content?.value.toString(), VALUE);
});

test('two values that differ, or none, change nothing', { skip }, async (context) => {
  const desk = await SecretDesk.open(context);
  for (const [keys, message] of [
    [[VALUE, '\r', 'other\r'], 'the two values differ'],
    [['\x04'], 'no value was given'],
    [['\r', '\r'], 'no value was given'],
    // Several lines at once, as from the clipboard.
    [['-----BEGIN KEY-----\rAAAA\r'], 'pipe in a value of several lines'],
  ] as const) {
    const terminal = shell(desk, `tenure secret put a; ${LOOK}`);
    await terminal.shows('Value: ');
    for (const key of keys) terminal.type(key);
    await terminal.shows(message);
    await terminal.shows('code=64');
    await terminal.shows(RESTORED);
    await terminal.end();
    assert.ok(!/hunter2|BEGIN/.test(terminal.output), terminal.output);
  }
  assert.deepEqual(desk.called, []);
});

for (const [name, keys, code] of [
  ['Ctrl-C', '\x03', 130],
  ['Ctrl-\\', '\x1c', 131],
] as const) {
  test(`${name} ends the command as it ends any other, and the terminal is as it was`, { skip }, async (context) => {
    const desk = await SecretDesk.open(context);
    const terminal = shell(desk, `ulimit -c 0; tenure secret put a; ${LOOK}`);
    await terminal.shows('Value: ');
    terminal.type(`hunter2${keys}`);
    await terminal.shows(`code=${code}`);
    await terminal.shows(RESTORED);
    await terminal.end();
    assert.ok(!terminal.output.includes('hunter2'));
    assert.deepEqual(desk.called, []);
  });
}

test('a command that is killed while it asks leaves the terminal as it was', { skip }, async (context) => {
  const desk = await SecretDesk.open(context);
  const terminal = shell(desk, `sh -c 'echo "pid=$$."; exec tenure secret put a'; ${LOOK}`);
  await terminal.shows('Value: ');
  const pid = Number(/pid=(\d+)\./.exec(terminal.output)?.[1]);
  process.kill(pid, 'SIGTERM');
  await terminal.shows('code=143');
  await terminal.shows(RESTORED);
  await terminal.end();
});

test('the kill switch wants a word typed for what can not be undone', { skip }, async (context) => {
  const desk = await SecretDesk.open(context);
  desk.answers['killSwitch'] = { revokedLeases: 2, rotations: [], vaultWiped: true, failures: [] };
  const all = ['secret', 'killswitch', '--revoke', '--wipe'];
  for (const typed of ['yes\r', '\r', '\x04']) {
    const terminal = new Terminal(desk.world, all);
    await terminal.shows('Type wipe to go on: ');
    terminal.type(typed);
    assert.equal(await terminal.end(), 64);
    assert.match(terminal.output, /nothing was done/);
  }
  const interrupted = new Terminal(desk.world, all);
  await interrupted.shows('Type wipe to go on: ');
  interrupted.type('\x03');
  assert.equal(await interrupted.end(), 130);
  assert.deepEqual(desk.called, []);

  const terminal = new Terminal(desk.world, all);
  await terminal.shows('ends all leases on secrets, deletes the vault and all its secrets for good');
  terminal.type('wipe\r');
  assert.equal(await terminal.end(), 0);
  assert.match(terminal.output, /2 leases revoked\r\n.*the vault is wiped/);

  const milder = new Terminal(desk.world, ['secret', 'killswitch', '--revoke']);
  await milder.shows('Type revoke to go on: ');
  milder.type('revoke\r');
  assert.equal(await milder.end(), 0);
});
