import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { TaskRunStatus } from '@tenure/client';
import { allLeases, untilFree, untilWaiting } from './lease_views.js';
import { isCompleted, once, orchestrate, recorded, writeTasks } from './orchestrations.js';
import { until } from './until.js';
import { World } from './world.js';

const lease = 'heavy-maintenance';

describe('an orchestrator that is killed', () => {
  test('lets nobody in until the cascade of its task is gone; then the other one comes at once', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const gate = join(world.folder, 'gate');
    const stamps = join(world.folder, 'stamps');
    const inner = world.script('inner.sh', [
      'echo inner $$ >inner',
      `until [ -e ${gate} ]; do sleep 0.02; done`,
      `echo gone $(date +%s%N) >>${stamps}`,
    ]);
    const outer = world.script('outer.sh', ['echo $$ >outer', `tenure run ${lease} -- ${inner}`]);
    const first = orchestrate(world, writeTasks(world, { sync: { command: [outer], every: '1h', lease } }, 'a.yaml'));
    await until('the cascade', () => existsSync(join(world.folder, 'inner')));
    const entered = ['sh', '-c', `echo came $(date +%s%N) >>${stamps}`];
    const second = orchestrate(
      world,
      writeTasks(world, { next: { command: entered, every: '1h', lease, wait: 'forever' } }, 'b.yaml'),
    );
    await untilWaiting(client, lease, 1);

    first.running.kill('SIGKILL');
    process.kill(Number(readFileSync(join(world.folder, 'outer'), 'utf8')), 'SIGKILL');
    await until('the daemon to miss both', async () => {
      const [held] = await allLeases(client);
      return held?.attached.every(({ pid }) => pid !== first.running.pid) === true;
    });
    // Who only asks is refused, and who waits still waits.
    assert.equal((await world.run(['run', lease, '--', 'true'])).code, 75);
    assert.equal(existsSync(stamps), false);

    writeFileSync(gate, '');
    await second.ended('next', 'completed');
    const [gone = '', came = ''] = readFileSync(stamps, 'utf8').trim().split('\n');
    assert.match(gone, /^gone/);
    assert.match(came, /^came/);
    const tookMs = (Number(came.split(' ')[1]) - Number(gone.split(' ')[1])) / 1e6;
    t.diagnostic(`the next one began ${tookMs.toFixed(0)} ms after the cascade was gone`);
    assert.ok(tookMs < 30_000, `it took ${tookMs} ms`);
    // What nobody could record is ended by the daemon.
    const lost = await recorded(client, 'sync', ({ status }) => status === TaskRunStatus.FAILED);
    assert.equal(lost.reasonCode, 'outcome-unknown');
    await second.stop();
  });
});

describe('a daemon that goes away', () => {
  test('and comes back: the task goes on under its lease, and its outcome is recorded', async (t) => {
    const world = new World(t);
    const daemon = await world.startDaemon();
    const gate = join(world.folder, 'gate');
    const command = ['sh', '-c', `until [ -e ${gate} ]; do sleep 0.02; done`];
    const path = writeTasks(world, { long: { command, every: '1h', lease } });
    const orchestrator = orchestrate(world, path, { env: { TENURE_AUTOSTART: '0' } });
    await orchestrator.started('long');
    const before = await (await world.connect()).leases.listLeases();

    daemon.kill('SIGKILL');
    await daemon.exited;
    await world.startDaemon();
    const client = await world.connect();
    const after = await client.leases.listLeases();
    assert.equal(after.leases[0]?.fencingToken, before.leases[0]?.fencingToken);
    assert.equal((await world.run(['run', lease, '--', 'true'])).code, 75);

    writeFileSync(gate, '');
    await orchestrator.ended('long', 'completed');
    await recorded(client, 'long', isCompleted);
    await orchestrator.stop();
  });

  test('and stays away: heavy tasks fail with the reason, light ones run, what runs goes on, and a stop is one', async (t) => {
    const world = new World(t);
    const daemon = await world.startDaemon();
    const gate = join(world.folder, 'gate');
    const path = writeTasks(world, {
      long: { command: ['sh', '-c', `until [ -e ${gate} ]; do sleep 0.02; done`], every: '1h', lease: 'another' },
      heavy: { command: ['sh', '-c', 'echo ran >>heavy-runs'], every: '1s', lease },
      patient: { command: ['true'], every: '1s', lease: 'patient', wait: 'forever' },
      light: { command: ['sh', '-c', 'echo "[$TENURE_LEASES]" >>light-runs'], every: '1s' },
    });
    const orchestrator = orchestrate(world, path, { env: { TENURE_AUTOSTART: '0' } });
    await orchestrator.started('long');
    await orchestrator.ended('heavy', 'completed');
    await orchestrator.ended('patient', 'completed');
    await orchestrator.ended('light', 'completed');

    daemon.kill('SIGKILL');
    await daemon.exited;
    const runs = (task: string) =>
      readFileSync(join(world.folder, `${task}-runs`), 'utf8')
        .trim()
        .split('\n');
    const heavy = await orchestrator.ended('heavy', 'failed');
    assert.deepEqual([heavy.reasonCode, heavy.phase], ['lease-acquire-error', 'lease']);
    // From here on: one that had its lease before the kill may have run after it.
    const before = { heavy: runs('heavy').length, light: runs('light').length };
    const patient = await orchestrator.ended('patient', 'failed');
    assert.deepEqual([patient.reasonCode, patient.phase], ['lease-acquire-error', 'lease']);
    await until('light runs', () => runs('light').length > before.light + 2);
    assert.deepEqual(new Set(runs('light')), new Set(['[]']));
    assert.equal(runs('heavy').length, before.heavy);
    writeFileSync(gate, '');
    await orchestrator.ended('long', 'completed');

    const next = await world.startDaemon();
    const client = await world.connect();
    const failed = await recorded(client, 'heavy', ({ status }) => status === TaskRunStatus.FAILED);
    assert.equal(failed.reasonCode, 'lease-acquire-error');
    await recorded(client, 'long', isCompleted);
    await untilFree(client, 'another');
    await until('a heavy run', () => runs('heavy').length > before.heavy);

    next.kill('SIGKILL');
    await next.exited;
    const seen = runs('light').length;
    await until('light runs', () => runs('light').length > seen + 1);
    assert.equal(await orchestrator.stop(), 0);
  });

  test('and was never there: heavy tasks fail with the reason, light ones run, and all is recorded by the next daemon', async (t) => {
    const world = new World(t);
    const path = writeTasks(world, {
      heavy: { command: ['sh', '-c', 'echo ran >heavy-ran'], every: '1h', lease },
      light: { command: ['sh', '-c', 'echo ran >light-ran'], every: '1h' },
    });
    const orchestrator = orchestrate(world, path, { env: { TENURE_AUTOSTART: '0' } });
    const heavy = await orchestrator.ended('heavy');
    assert.deepEqual([heavy.status, heavy.reasonCode, heavy.phase], ['failed', 'lease-acquire-error', 'lease']);
    await orchestrator.ended('light', 'completed');
    assert.ok(existsSync(join(world.folder, 'light-ran')));
    assert.equal(existsSync(join(world.folder, 'heavy-ran')), false);

    const asked = await once(world, path, 'heavy', { env: { TENURE_AUTOSTART: '0' } });
    assert.equal(asked.code, 69, asked.stderr);

    await world.startDaemon();
    const client = await world.connect();
    const kept = await recorded(client, 'heavy', ({ status }) => status === TaskRunStatus.FAILED);
    assert.equal(kept.reasonCode, 'lease-acquire-error');
    await recorded(client, 'light', isCompleted);
    await orchestrator.stop();
  });

  test('while orchestrators end, in order or not: what became of their runs is recorded by the next one', async (t) => {
    const world = new World(t);
    const path = writeTasks(world, {
      killed: { command: ['sh', '-c', 'exit 3'], every: '1h' },
      stopped: { command: ['true'] },
    });
    const alone = { env: { TENURE_AUTOSTART: '0' } };
    const first = orchestrate(world, path, alone);
    await first.hear('the word of it', ({ text }) => text?.includes('the daemon is away') === true);
    await first.ended('killed', 'failed');
    first.running.kill('SIGKILL');
    await first.running.exited;
    const asked = await once(world, path, 'stopped', alone);
    assert.equal(asked.code, 0, asked.stderr);
    assert.match(asked.stderr, /2 outcomes are kept for it until this orchestrator runs again/);

    await world.startDaemon();
    const client = await world.connect();
    const next = orchestrate(world, writeTasks(world, { other: { command: ['true'] } }));
    const killed = await recorded(client, 'killed', ({ status }) => status === TaskRunStatus.FAILED);
    const told = first.news().find(({ kind, task }) => kind === 'ended' && task === 'killed');
    assert.deepEqual([killed.runId, killed.exitCode], [told?.runId, 3]);
    await recorded(client, 'stopped', isCompleted);
    const [folder = ''] = readdirSync(join(world.stateDir, 'orchestrators'));
    const left = join(world.stateDir, 'orchestrators', folder, 'unrecorded');
    await until('what is recorded to be gone', () => readdirSync(left).length === 0);
    assert.equal(statSync(left).mode & 0o777, 0o700);
    assert.equal(await next.stop(), 0);
  });
});
