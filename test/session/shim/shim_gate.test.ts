import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readStartTicks } from '../../../src/os/process_facts.js';
import type { ProcessIdentity } from '../../../src/os/process_identity.js';
import { Refusal } from '../../../src/rpc/refusal.js';
import { startShim } from '../../../src/session/shim/shim.js';
import { readExit } from '../../../src/session/shim/shim_exit.js';
import { readPids } from '../../../src/session/shim/shim_pids.js';
import { firstLine, start, temporaryFolder } from '../../os/child_process.js';
import { eventually, groupOf, isGone, runSession, startSession } from './running_shim.js';

const environmentOf = (pid: number): string[] => readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');

test('nothing of the command runs before the gate is opened', async (t) => {
  const session = await startSession(t, { command: ': >ran', keepStdin: true });
  assert.equal(readFileSync(`/proc/${session.main.pid}/comm`, 'utf8'), 'sh\n');
  assert.equal(readStartTicks(session.main.pid), session.main.startTicks);
  assert.equal(readStartTicks(session.shim.pid), session.shim.startTicks);
  assert.deepEqual(await readPids(session.folder), { shim: session.shim, main: session.main });
  assert.equal(existsSync(join(session.directory, 'ran')), false);
  session.open('');
  await session.exit();
  assert.equal(existsSync(join(session.directory, 'ran')), true);
});

for (const keepStdin of [false, true]) {
  test(`an abandoned session leaves no process${keepStdin ? ', also with an input' : ''}`, async (t) => {
    const session = await startSession(t, { command: ': >ran', keepStdin, input: 'x'.repeat(1_000_000) });
    assert.ok(groupOf(session.shim.pid).length >= 3);
    session.abandon();
    await eventually(() => groupOf(session.shim.pid).length === 0 && isGone(session.main), 'all of it is gone');
    assert.equal(existsSync(join(session.directory, 'ran')), false);
    // Its folder may be gone by then.
    assert.equal(existsSync(join(session.folder, 'exit')), false);
  });
}

test('the command has the tokens of its leases, its marker and its variables; the shim has no marker', async (t) => {
  const environment = {
    NAME: 'it\'s "a" $value\n',
    TENURE_LEASES: 'an older one',
    LC_ALL: 'de_DE.UTF-8',
    size: '5',
    main: 'm',
  };
  const session = await runSession(t, { command: 'env -0; read -r line', keepStdin: true, environment }, 'one,two');
  const printed = await eventually(async () => {
    const text = await session.printed();
    return text.includes('TENURE_IN_SESSION') && text.endsWith('\0') ? text : undefined;
  }, 'the variables');
  const variables = printed.split('\0');
  for (const [name, value] of Object.entries({ ...environment, TENURE_LEASES: 'one,two' })) {
    assert.ok(variables.includes(`${name}=${value}`), `${name} in ${variables.join(' ')}`);
  }
  assert.ok(variables.includes(`PWD=${session.directory}`) || !printed.includes('PWD='));
  assert.equal(/tenure_|^(own|ticks|line|report)=/m.test(variables.join('\n')), false);
  assert.ok(environmentOf(session.main.pid).includes(`TENURE_IN_SESSION=${session.sessionId}`));
  const keepers = groupOf(session.shim.pid);
  assert.ok(keepers.length >= 4, 'the shim, its two keepers of output and that of input');
  for (const pid of keepers) {
    assert.equal(
      environmentOf(pid).some((variable) => variable.startsWith('TENURE_IN_SESSION')),
      false,
    );
  }
});

test('without leases there is no such variable', async (t) => {
  const session = await runSession(t, {
    command: 'echo "<$' + '{TENURE_LEASES-none}>"',
    environment: { TENURE_LEASES: 'of another' },
  });
  await session.exit();
  assert.equal(await session.printed(), '<none>\n');
});

test('no value of the environment stands in an argument of any process', async (t) => {
  const environment = { SECRET_OF_THE_TEST: 'value-that-nobody-may-see' };
  const session = await runSession(
    t,
    { command: ': >ran; read -r line', environment, keepStdin: true },
    'token-not-to-see',
  );
  await eventually(() => existsSync(join(session.directory, 'ran')), 'it runs');
  for (const pid of [...groupOf(session.shim.pid), session.main.pid]) {
    const line = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
    assert.equal(/value-that-nobody|token-not-to-see/.test(line), false, line);
  }
});

test('the command leads a session of its own, in its directory, with signals and a umask as in a terminal', async (t) => {
  const command = 'pwd; umask; grep SigIgn /proc/self/status; ls /proc/self/fd; cut -d" " -f5,6 /proc/$$/stat; echo $$';
  const session = await runSession(t, { command });
  await session.exit();
  // With what whoever runs the tests left open.
  const open = spawnSync('ls', ['/proc/self/fd'], { encoding: 'utf8' }).stdout.trim().split('\n');
  const [directory, umask, ignored, ...more] = (await session.printed()).trim().split('\n');
  assert.equal(directory, session.directory);
  assert.equal(umask, '0022');
  assert.match(ignored ?? '', /^SigIgn:\s+0+$/);
  assert.deepEqual(more, [...open, `${session.main.pid} ${session.main.pid}`, String(session.main.pid)]);
});

test('folder and files are for their owner alone', async (t) => {
  const session = await runSession(t, { command: 'echo out; echo err >&2; cat', input: 'in', keepStdin: true });
  await eventually(async () => (await session.printed()) === 'out\nin', 'it has printed');
  await eventually(async () => (await session.log.sizes()).stderr > 0, 'also its errors');
  const names = readdirSync(session.folder);
  assert.deepEqual(names.toSorted(), [
    '.exit',
    'err.000000000000000',
    'input',
    'input.close',
    'out.000000000000000',
    'pid',
  ]);
  for (const name of names) assert.equal(statSync(join(session.folder, name)).mode & 0o777, 0o600, name);
});

test('a directory that is not there, is none or may not be entered is refused, and nothing is started', async (t) => {
  const root = temporaryFolder(t);
  const folder = join(root, 'session');
  mkdirSync(folder);
  for (const directory of [join(root, 'missing'), '/etc/passwd']) {
    const order = { folder, directory, argv: ['true'] as const, environment: {}, outputBytes: 1 };
    await assert.rejects(
      startShim({ ...order, input: undefined, keepStdin: false }),
      (error) => error instanceof Refusal && error.reason === 'INVALID_FIELD' && error.message.includes(directory),
    );
  }
  assert.deepEqual(readdirSync(folder), []);
});

test('what the machine cannot start is refused with a reason', async (t) => {
  const root = temporaryFolder(t);
  const order = { folder: root, directory: root, environment: {}, input: undefined, keepStdin: false, outputBytes: 1 };
  await assert.rejects(startShim({ ...order, argv: ['echo', 'x'.repeat(200_000)] }), /E2BIG/);
  await assert.rejects(startShim({ ...order, argv: ['true'], folder: join(root, 'missing') }), /ENOENT/);
  assert.deepEqual(readdirSync(root), []);
});

interface Launched {
  readonly folder: string;
  readonly directory: string;
  readonly shim: ProcessIdentity;
  readonly main: ProcessIdentity;
  /** Kills the process that started it, once it has done what it was told. */
  kill(order?: 'open'): Promise<void>;
}

async function launchFromOutside(t: TestContext, command: string, keepStdin: boolean): Promise<Launched> {
  const root = temporaryFolder(t);
  const folder = join(root, 'session');
  mkdirSync(folder, { mode: 0o700 });
  const environment = { PATH: process.env['PATH'], TENURE_IN_SESSION: 'sfromoutside22' };
  const argv = ['/bin/sh', '-c', command];
  const order = { folder, directory: root, argv, environment, keepStdin, outputBytes: 1_000_000 };
  const program = join(import.meta.dirname, 'launcher_process.ts');
  const args = ['--conditions=tenure-source', '--import', 'tsx', program, JSON.stringify(order)];
  const child = start(t, process.execPath, args);
  const pids = JSON.parse(await firstLine(child));
  t.after(() => {
    for (const pid of [-pids.shim.pid, -pids.main.pid]) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone by itself.
      }
    }
  });
  return {
    folder,
    directory: root,
    ...pids,
    kill: async (what) => {
      if (what !== undefined) {
        child.stdin?.write(`${what}\n`);
        await firstLine(child);
      }
      child.kill('SIGKILL');
    },
  };
}

for (const keepStdin of [false, true]) {
  const kind = keepStdin ? ' with an input' : '';
  test(`a daemon killed before the opening leaves nothing of a session${kind}`, async (t) => {
    const launched = await launchFromOutside(t, ': >ran', keepStdin);
    await launched.kill();
    await eventually(() => isGone(launched.main) && groupOf(launched.shim.pid).length === 0, 'all of it is gone');
    const exit = await readExit(launched.folder);
    assert.equal(exit?.kind === 'not-started' && exit.durationMs, 0);
    assert.equal(existsSync(join(launched.directory, 'ran')), false);
    assert.equal(existsSync(join(launched.folder, 'input')), false);
  });

  test(`a daemon killed after the opening harms no session${kind}, and the exit that came meanwhile is there`, async (t) => {
    const command = 'while ! [ -e go ]; do sleep 0.02; done; echo done; exit 9';
    const launched = await launchFromOutside(t, command, keepStdin);
    await launched.kill('open');
    assert.deepEqual(await readPids(launched.folder), { shim: launched.shim, main: launched.main });
    assert.equal(isGone(launched.shim), false);
    mkdirSync(join(launched.directory, 'go'));
    await eventually(() => groupOf(launched.shim.pid).length === 0, 'it has ended by itself');
    const exit = await readExit(launched.folder);
    assert.equal(exit?.kind === 'code' && exit.code, 9);
    assert.equal(readFileSync(join(launched.folder, 'out.000000000000000'), 'utf8'), 'done\n');
  });
}
