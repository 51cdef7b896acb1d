import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connect, type DaemonCommand, isTenureError, LEASES_VARIABLE, type TenureError } from '@tenure/client';
import { removeFolder } from '../removed_folder.js';
import { acquireOne } from './acquired.js';
import { until } from './until.js';

const script = fileURLToPath(new URL('./started_daemon.ts', import.meta.url));

/** A state folder and its environment; whatever was started is ended with the test. */
class Place {
  readonly stateDir = mkdtempSync(join(tmpdir(), 'tnra-'));
  readonly socketPath = join(this.stateDir, 'tenure.sock');

  constructor(context: TestContext) {
    const before = { ...process.env };
    Object.assign(process.env, {
      TENURE_STATE_DIR: this.stateDir,
      TENURE_SOCKET: this.socketPath,
      [LEASES_VARIABLE]: 'tni_of_the_first_client',
      GITHUB_TOKEN: 'secret',
      LC_ALL: 'C.UTF-8',
    });
    delete process.env['TENURE_AUTOSTART'];
    context.after(async () => {
      for (const pid of this.started()) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // Gone already.
        }
      }
      for (const name of Object.keys(process.env)) {
        delete process.env[name];
      }
      Object.assign(process.env, before);
      await removeFolder(this.stateDir);
    });
  }

  command(mood = 'well'): DaemonCommand {
    const loader = import.meta.resolve('tsx');
    return { command: process.execPath, args: ['--conditions=tenure-source', '--import', loader, script, mood] };
  }

  started(): number[] {
    const path = join(this.stateDir, 'started');
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').map(Number) : [];
  }
}

test('a client starts the daemon that is not there, with what it needs and no more', async (context) => {
  const place = new Place(context);
  const client = await connect({ autostart: place.command() });
  assert.equal(client.socketPath, place.socketPath);
  await acquireOne(client.hold(), { resource: 'demo', inherit: false });
  const environment: unknown = JSON.parse(readFileSync(join(place.stateDir, 'environment'), 'utf8'));
  assert.ok(typeof environment === 'object' && environment !== null);
  const names = Object.keys(environment);
  assert.equal(Reflect.get(environment, 'cwd'), '/');
  for (const name of ['PATH', 'LC_ALL', 'TENURE_STATE_DIR', 'TENURE_READY_FD']) {
    assert.ok(names.includes(name), `${name} is missing`);
  }
  for (const name of ['GITHUB_TOKEN', LEASES_VARIABLE]) {
    assert.ok(!names.includes(name), `${name} was handed on`);
  }
  await client.close();
  const [pid] = place.started();
  // It is nobody's child that ends with its client: a session of its own.
  assert.match(readFileSync(`/proc/${pid}/stat`, 'utf8'), new RegExp(`^${pid} .* \\S \\d+ \\d+ ${pid} `));
});

test('two clients that start it at once end on one daemon', async (context) => {
  const place = new Place(context);
  const clients = await Promise.all([1, 2].map(() => connect({ autostart: place.command() })));
  const [first, second] = clients;
  assert.ok(first !== undefined && second !== undefined);
  assert.equal(place.started().length, 2);
  await acquireOne(first.hold(), { resource: 'demo', inherit: false });
  assert.equal((await second.hold().acquire({ resource: 'demo', inherit: false })).outcome, 'held');
  await Promise.all(clients.map((client) => client.close()));
});

test('what the daemon says of its configuration is what the caller is told', async (context) => {
  const place = new Place(context);
  await assert.rejects(connect({ autostart: place.command('misconfigured') }), (error) => {
    assert.ok(isTenureError(error, 'CONFIG_INVALID'));
    assert.equal(error.message, 'line 3: unknown key `leasses`');
    return true;
  });
});

test("a daemon that ends without a word, or can't be run, says so", async (context) => {
  const place = new Place(context);
  await assert.rejects(connect({ autostart: place.command('speechless') }), (error) => {
    assert.ok(isTenureError(error, 'UNREACHABLE'));
    assert.match(error.message, /exit code 74/);
    return true;
  });
  const missing = connect({ autostart: { command: join(place.stateDir, 'no-such-program'), args: [] } });
  await assert.rejects(missing, (error) => {
    assert.ok(isTenureError(error, 'UNREACHABLE'));
    assert.match(error.message, /no-such-program/);
    return true;
  });
});

test("a program that is no daemon doesn't keep the caller beyond its time", async (context) => {
  const place = new Place(context);
  const sleeper = { command: process.execPath, args: ['-e', 'setTimeout(() => {}, 5000)'] };
  await assert.rejects(connect({ autostart: sleeper, timeoutMs: 300 }), (error) => isTenureError(error, 'UNREACHABLE'));
  const chatty = { command: process.execPath, args: ['-e', 'require("fs").writeSync(3, "hello\\n")'] };
  await assert.rejects(connect({ autostart: chatty }), (error) => isTenureError(error, 'UNREACHABLE'));
  assert.deepEqual(place.started(), []);
});

test('TENURE_AUTOSTART=0 starts nothing', async (context) => {
  const place = new Place(context);
  process.env['TENURE_AUTOSTART'] = '0';
  await assert.rejects(connect({ autostart: place.command() }), (error) => isTenureError(error, 'UNREACHABLE'));
  assert.deepEqual(place.started(), []);
});

test('a daemon that crashed under a hold is started again; one that was stopped is not', async (context) => {
  const place = new Place(context);
  const client = await connect({ autostart: place.command() });
  context.after(() => client.close());
  const lease = await acquireOne(client.hold(), { resource: 'demo', inherit: false });
  const crash = (number: number, stopped: boolean) => {
    const pid = place.started()[number - 1];
    assert.ok(pid !== undefined);
    const record = { socketPath: place.socketPath, pid, stopped };
    writeFileSync(join(place.stateDir, 'daemon.json'), JSON.stringify(record));
    process.kill(pid, 'SIGKILL');
    rmSync(join(place.stateDir, 'lock'), { recursive: true });
  };
  crash(1, false);
  await until('the daemon is started again', () => place.started().length === 2);
  // The new one knows nothing of the old one's leases.
  await until('the hold has reached it', () => lease.state === 'lost');
  await acquireOne(client.hold(), { resource: 'demo', inherit: false });
  const starts = place.started().length;
  crash(2, true);
  const due = performance.now() + 3_000;
  await until('a start would have been due', () => performance.now() > due);
  assert.equal(place.started().length, starts);
});

test('one that crashes again and again is not started by who waits for it, who is told so', async (context) => {
  const place = new Place(context);
  const client = await connect({ autostart: place.command() });
  context.after(() => client.close());
  const [pid] = place.started();
  assert.ok(pid !== undefined);
  const record = {
    socketPath: place.socketPath,
    pid,
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim(),
    crashesInARow: 4,
    restartNotBefore: new Date(Date.now() + 300_000).toISOString(),
    stopped: false,
  };
  writeFileSync(join(place.stateDir, 'daemon.json'), JSON.stringify(record));
  process.kill(pid, 'SIGKILL');
  rmSync(join(place.stateDir, 'lock'), { recursive: true });
  // Long enough for a start that must not come.
  await assert.rejects(client.leases.listLeases({}, { timeoutMs: 3_000 }), (error) => {
    assert.ok(isTenureError(error, 'UNREACHABLE'));
    assert.match(error.message, /crashed 5 times in a row/);
    assert.equal(error.metadata['crashes_in_a_row'], '5');
    return true;
  });
  assert.deepEqual(place.started(), [pid]);
  const started = await connect({ autostart: place.command(), startAnyway: true });
  await started.close();
  assert.equal(place.started().length, 2, 'who asks for it gets it');
});

test('who has time for it waits until such a daemon may be started, and no longer than said', async (context) => {
  const place = new Place(context);
  const heldBackFor = (milliseconds: number) => {
    const record = {
      socketPath: place.socketPath,
      bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim(),
      crashesInARow: 4,
      restartNotBefore: new Date(Date.now() + milliseconds).toISOString(),
      stopped: false,
    };
    writeFileSync(join(place.stateDir, 'daemon.json'), JSON.stringify(record));
  };
  const told: TenureError[] = [];
  const autostart = place.command();
  heldBackFor(300_000);
  const onHeldBack = (error: TenureError) => told.push(error);
  await assert.rejects(connect({ autostart, heldBackWaitMs: 700, onHeldBack }), (error) => {
    assert.ok(isTenureError(error, 'UNREACHABLE'));
    assert.match(error.message, /crashed 5 times in a row/);
    return true;
  });
  assert.equal(told.length, 1, 'once, however often it looks');
  assert.match(told[0]?.message ?? '', /crashed 5 times in a row/);
  assert.deepEqual(place.started(), []);
  const giveUp = new AbortController();
  const givenUp = connect({
    autostart,
    heldBackWaitMs: Number.POSITIVE_INFINITY,
    onHeldBack: () => giveUp.abort(),
    signal: giveUp.signal,
  });
  await assert.rejects(givenUp, (error) => isTenureError(error, 'CANCELLED'));

  heldBackFor(1_000);
  const client = await connect({ autostart, heldBackWaitMs: Number.POSITIVE_INFINITY });
  await client.close();
  assert.equal(place.started().length, 1, 'its time has come');
});

test('without a command, the package of the working directory is asked, then PATH', async (context) => {
  const place = new Place(context);
  const project = join(place.stateDir, 'project');
  const installed = join(project, 'node_modules', 'tenure');
  mkdirSync(installed, { recursive: true });
  writeFileSync(join(installed, 'package.json'), JSON.stringify({ name: 'tenure', bin: { tenure: 'cli.cjs' } }));
  const trace = join(place.stateDir, 'trace');
  writeFileSync(
    join(installed, 'cli.cjs'),
    `require('fs').writeFileSync(${JSON.stringify(trace)}, process.argv.slice(2).join(' ')); process.exit(78)`,
  );
  const before = process.cwd();
  process.chdir(project);
  context.after(() => process.chdir(before));
  await assert.rejects(connect(), (error) => isTenureError(error, 'CONFIG_INVALID'));
  assert.equal(readFileSync(trace, 'utf8'), 'daemon run');
  rmSync(installed, { recursive: true });
  process.env['PATH'] = place.stateDir;
  await assert.rejects(connect(), (error) => {
    assert.ok(isTenureError(error, 'UNREACHABLE'));
    assert.match(error.message, /`tenure`/);
    return true;
  });
});
