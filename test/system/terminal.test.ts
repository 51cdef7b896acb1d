// needs: tmux
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { untilFree, untilWaiting } from '../e2e/lease_views.js';
import { World } from '../e2e/world.js';
import { Terminal } from './tmux_terminal.js';

async function terminalWorld(t: ConstructorParameters<typeof World>[0]) {
  const world = new World(t, { env: { TERM: 'xterm-256color', PS1: '$ ' } });
  await world.startDaemon();
  const terminal = new Terminal(world, 'first');
  await terminal.open();
  return { world, terminal };
}

describe('tenure run on a terminal', () => {
  test('a full-screen program gets keys one by one, and the size of the terminal', async (t) => {
    const { world, terminal } = await terminalWorld(t);
    const keys = world.script('keys.sh', [
      'stty size',
      'stty -icanon -echo min 1',
      'key=$(dd bs=1 count=1 2>/dev/null)',
      'stty sane',
      'echo "key <$key>"',
    ]);
    await terminal.type(`tenure run t -- ${keys}; echo code=$?`);
    await terminal.shows(/^30 100$/m);
    await terminal.press('q');
    await terminal.shows(/key <q>\ncode=0/);
  });

  test('Ctrl-C reaches the command, and its own answer counts', async (t) => {
    const { world, terminal } = await terminalWorld(t);
    const command = world.script('command.sh', [
      'trap "echo interrupted; exit 3" INT',
      'echo ready',
      'while :; do sleep 0.1; done',
    ]);
    await terminal.type(`tenure run t -- ${command}; echo code=$?`);
    await terminal.shows(/^ready$/m);
    await terminal.press('C-c');
    await terminal.shows(/interrupted\ncode=3/);
    await untilFree(await world.connect(), 't');
  });

  test('Ctrl-Z stops the whole job, and fg continues it', async (t) => {
    const { world, terminal } = await terminalWorld(t);
    await world.start('mkfifo', ['go']).ended;
    await terminal.type('set -m');
    await terminal.type(`tenure run t -- sh -c 'echo ready; read line <go; echo went on'; echo code=$?`);
    await terminal.shows(/^ready$/m);
    await terminal.press('C-z');
    await terminal.shows(/Stopped|Suspended/);
    assert.equal((await world.run(['run', 't', '--', 'true'])).code, 75, 'the lease stays with the stopped job');
    await terminal.type('fg');
    await world.start('sh', ['-c', 'echo >go']).ended;
    await terminal.shows(/^went on$/m);
    await untilFree(await world.connect(), 't');
  });

  test('a wait is shown with position and holder, and is wiped away by the command', async (t) => {
    const { world, terminal } = await terminalWorld(t);
    const holder = world.tenure(['run', 't', '--reason', 'nightly', '--', 'sh', '-c', 'echo held; exec sleep 1000']);
    await holder.line(/^held$/);
    await terminal.type('tenure run t --wait forever -- echo mine; echo code=$?');
    await untilWaiting(await world.connect(), 't', 1);
    await terminal.shows(/^waiting for t .*position 1 .*held by pid \d+ sleep/m);
    holder.kill('SIGTERM');
    await terminal.shows(/^mine\ncode=0/m);
  });

  test('Ctrl-C ends a wait, and the waiter is gone', async (t) => {
    const { world, terminal } = await terminalWorld(t);
    const client = await world.connect();
    await client.hold().acquire({ resource: 't' });
    await terminal.type('tenure run t --wait forever -- echo mine');
    await untilWaiting(client, 't', 1);
    await terminal.press('C-c');
    await terminal.type('echo code=$?');
    await terminal.shows(/\bcode=130$/m);
    await untilWaiting(client, 't', 0);
    assert.doesNotMatch(await terminal.screen(), /^mine$/m);
  });
});
