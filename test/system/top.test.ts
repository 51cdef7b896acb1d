// needs: tmux
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { untilFree, untilHeld, untilWaiting } from '../e2e/lease_views.js';
import { World } from '../e2e/world.js';
import { Terminal } from './tmux_terminal.js';

async function topWorld(t: TestContext, env: NodeJS.ProcessEnv = {}) {
  const world = new World(t, { env: { TERM: 'xterm-256color', PS1: '$ ', ...env } });
  const daemon = await world.startDaemon();
  const client = await world.connect();
  const terminal = new Terminal(world, 'top');
  await terminal.open(80, 24);
  await terminal.type('echo before');
  return { world, daemon, client, terminal };
}

/** The terminal is as it was: what was on it is back, the cursor shows, and lines are read as lines. */
async function isClean(terminal: Terminal): Promise<void> {
  await terminal.shows(/^before\n(.*\n)*.*ended=/m);
  assert.equal(await terminal.ask('#{alternate_on} #{cursor_flag}'), '0 1');
  await terminal.type('stty -a | tr " ;" "\\n\\n" | grep -x -e icanon -e echo -e isig | tr "\\n" " "; echo sane');
  await terminal.shows(/isig .*icanon .*echo .*sane|isig icanon echo sane/);
}

describe('tenure top on a terminal', () => {
  test('shows leases, who waits, and changes; filters, explains, and revokes once that is confirmed', async (t) => {
    const { world, client, terminal } = await topWorld(t);
    world.tenure(['run', 'nightly', '--reason', 'sync the base', '--', 'sleep', '1000']);
    await untilHeld(client, 'nightly');
    await world.tenure(['run', 'other/one', '--', 'sh', '-c', 'echo held; exec sleep 1000']).line(/^held$/);
    world.tenure(['run', 'nightly', '--wait', 'forever', '--', 'true']);
    await untilWaiting(client, 'nightly', 1);
    await terminal.type('tenure top; echo ended=$?');
    await terminal.shows(/^tenured .* serving/m);
    // The name of the command, which is another one while it waits at its gate.
    await terminal.shows(/^> nightly +excl +pid \d+ sleep +\d+s +runs +1 /m);
    await terminal.shows(/^ {2}other\/one +excl/m);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the code of inverse text.
    assert.match(await terminal.colours(), /\x1b\[(\d+;)*7m(\x1b\[[\d;]*m)*> nightly/, 'the cursor stands out');
    // What changes shows by itself.
    await client.hold().acquire({ resource: 'third' });
    await terminal.shows(/^ {2}third +excl .* renewed/m);
    await terminal.press('/');
    await terminal.press('-l', 'night');
    await terminal.press('Enter');
    await terminal.shows(/LEASES 1 .*2 filtered out/);
    await terminal.press('e');
    await terminal.shows(/Held by\n(.*\n)*Waiting\n +1\. +pid/);
    await terminal.press('q');
    await terminal.press('r');
    await terminal.shows(/^revoke the lease on nightly, held by pid \d+ sleep\? \[y\/N\]/m);
    await terminal.press('n');
    await terminal.hides(/\[y\/N\]/);
    assert.equal(
      (await client.leases.explainResource({ resource: 'nightly' })).queue.length,
      1,
      'a no changes nothing',
    );
    await terminal.press('r');
    await terminal.shows(/\[y\/N\]/);
    await terminal.press('y');
    await terminal.shows(/^revoked l\w+/m);
    await untilFree(client, 'nightly');
    await terminal.press('q');
    await terminal.shows(/ended=0/);
    await isClean(terminal);
  });

  test('stops a session once that is confirmed', async (t) => {
    const { world, client, terminal } = await topWorld(t);
    const launched = await world.run(['session', 'launch', '--', 'sleep', '1000']);
    assert.equal(launched.code, 0, launched.stderr);
    await terminal.type('tenure top; echo ended=$?');
    await terminal.shows(/^SESSIONS 1/m);
    await terminal.press('Tab');
    await terminal.shows(/^> s\w+ .* running/m);
    await terminal.press('x');
    await terminal.shows(/^stop session s\w+\? \[y\/N\]/m);
    await terminal.press('y');
    await terminal.shows(/^stopped s\w+: cancelled/m);
    const { sessions } = await client.sessions.listSessions({});
    assert.deepEqual(sessions, []);
    await terminal.press('q');
    await terminal.shows(/ended=0/);
  });

  test('goes on over a restart of the daemon, and says so', async (t) => {
    // Nobody but the test starts the next one.
    const { world, daemon, terminal } = await topWorld(t, { TENURE_AUTOSTART: '0' });
    const holder = world.tenure(['run', 'nightly', '--', 'sh', '-c', 'echo held; exec sleep 1000']);
    await holder.line(/^held$/);
    await terminal.type('tenure top; echo ended=$?');
    await terminal.shows(/^> nightly/m);
    daemon.kill('SIGKILL');
    await terminal.shows(/tenured is away \(.*\); this is what it said last/);
    await terminal.shows(/^> nightly/m);
    await world.startDaemon();
    await terminal.shows(/tenured was restarted; it was away for/);
    holder.kill('SIGTERM');
    await terminal.shows(/^LEASES 0/m);
    await terminal.press('q');
    await terminal.shows(/ended=0/);
  });

  test('fits the terminal as that changes, and comes back from Ctrl-Z', async (t) => {
    const { world, terminal } = await topWorld(t);
    await world.tenure(['run', 'nightly', '--', 'sh', '-c', 'echo held; exec sleep 1000']).line(/^held$/);
    await terminal.type('tenure top; echo ended=$?');
    await terminal.shows(/^> nightly/m);
    for (const [columns, rows] of [
      [60, 12],
      [160, 40],
    ] as const) {
      await terminal.resize(columns, rows);
      // The keys are told in the last line, wherever that is now; tmux itself may cut the first lines off until it is drawn.
      const screen = await terminal.shows(new RegExp(`^(?=(.*\\n)*> nightly)(.*\\n){${rows - 1}}\\? help`));
      assert.ok(screen.split('\n').every((line) => line.length <= columns));
    }
    await terminal.press('C-z');
    await terminal.shows(/Stopped|Suspended/);
    assert.equal(await terminal.ask('#{alternate_on} #{cursor_flag}'), '0 1');
    await terminal.type('fg');
    await terminal.shows(/^> nightly/m);
    await terminal.press('/');
    await terminal.shows(/^filter: /m);
    await terminal.press('Escape', '?');
    await terminal.shows(/^Keys$/m);
    await terminal.press('q');
    await terminal.shows(/^> nightly/m);
    await terminal.press('C-c');
    await terminal.shows(/^\S+ fg$/m);
    await terminal.type('echo ended=$?');
    await terminal.shows(/\bended=0$/m);
    await isClean(terminal);
  });

  test('leaves a clean terminal when a signal ends it, and uses no colour where none is wanted', async (t) => {
    const { world, terminal } = await topWorld(t, { NO_COLOR: '1' });
    await world.tenure(['run', 'nightly', '--', 'sh', '-c', 'echo held; exec sleep 1000']).line(/^held$/);
    await terminal.type('(tenure top; echo ended=$?)');
    await terminal.shows(/^> nightly/m);
    assert.equal((await terminal.colours()).includes('\x1b['), false);
    const [pid] = await topPids(world);
    process.kill(pid ?? 0, 'SIGTERM');
    await terminal.shows(/ended=143/);
    await isClean(terminal);
  });
});

/** Processes of this world that run the live view. */
async function topPids(world: World): Promise<number[]> {
  const ended = await world.start('pgrep', ['-f', 'tenure.cjs top']).ended;
  const own = new Set(world.processes());
  return ended.stdout
    .split('\n')
    .map(Number)
    .filter((pid) => own.has(pid));
}
