import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { timestampToDate } from '@tenure/client';
import { systemClock } from '../../src/orchestrator/clock.js';
import { createOrchestrator, type OrchestratorNews, OWN_OUTPUTS } from '../../src/orchestrator/index.js';
import { untilWaiting } from './lease_views.js';
import { type Orchestration, orchestrate, recorded, writeTasks } from './orchestrations.js';
import { isThere } from './session_world.js';
import { until } from './until.js';
import { World } from './world.js';

/** An orchestrator that is killed as soon as its service is a process. */
const KILLED_PROGRAM = join(import.meta.dirname, 'orchestrator_killed_program.ts');

describe('services', () => {
  test('outlive an orchestrator that is killed, are adopted by the next, and end with their group when it stops', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const server = world.script('server.sh', ['sleep 1000 &', 'echo $! >child', 'exec sleep 1000']);
    const path = writeTasks(world, { web: { command: [server], service: true } });
    const first = orchestrate(world, path);
    const { pid = 0 } = await first.started('web');
    const client = await world.connect();
    const recordedBy = async ({ running }: Orchestration) =>
      await recorded(client, 'web', ({ recorder }) => recorder?.pid === running.pid);
    const begun = await recordedBy(first);
    const child = await until('its child', () => {
      const file = join(world.folder, 'child');
      return (existsSync(file) && Number(readFileSync(file, 'utf8'))) || undefined;
    });
    first.running.kill('SIGKILL');
    await first.running.exited;
    assert.ok(isThere(pid));

    const second = orchestrate(world, path);
    const adopted = await second.hear('the adoption', (news) => news.kind === 'adopted');
    assert.equal(adopted.pid, pid);
    const { runId, workTime } = await recordedBy(second);
    assert.ok(workTime !== undefined);
    assert.deepEqual([runId, workTime], [begun.runId, begun.workTime], 'it works since it was started');
    // A third beside it leaves the service alone.
    const third = orchestrate(world, path);
    await third.hear('who keeps it', (news) => news.text?.includes(`pid ${second.running.pid} keeps`) === true);
    assert.equal(await third.stop(), 0);
    assert.ok(isThere(pid));

    assert.equal(await second.stop(), 0);
    assert.ok(second.news().every(({ kind }) => kind !== 'started'));
    assert.equal(isThere(pid), false);
    assert.equal(isThere(child), false);
  });

  test('of which another process has the pid are not adopted', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const path = writeTasks(world, { web: { command: ['sleep', '1000'], service: true } });
    const first = orchestrate(world, path);
    const { pid = 0 } = await first.started('web');
    first.running.kill('SIGKILL');
    process.kill(pid, 'SIGKILL');
    await first.running.exited;
    const folder = await until('the record', () => findRecord(world));
    const stranger = world.start('sleep', ['1000']);
    const records = JSON.parse(readFileSync(folder, 'utf8'));
    assert.equal(statSync(folder).mode & 0o777, 0o600);
    records.web.pid = stranger.pid;
    writeFileSync(folder, JSON.stringify(records));

    const second = orchestrate(world, path);
    const { pid: fresh } = await second.started('web');
    assert.notEqual(fresh, stranger.pid);
    await second.stop();
    assert.ok(isThere(stranger.pid), 'a stranger was ended');
  });

  test('start again when they end, or fail their probe, each time later', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const well = join(world.folder, 'well');
    writeFileSync(well, '');
    const restart = { cooldown: '50ms', maxCooldown: '200ms' };
    const path = writeTasks(world, {
      crashing: { command: ['sh', '-c', 'exit 3'], service: true, restart },
      sick: {
        command: ['sleep', '1000'],
        service: true,
        restart,
        liveness: { command: ['test', '-e', 'well'], every: '100ms', failures: 2 },
      },
    });
    const orchestrator = orchestrate(world, path);
    const { pid = 0 } = await orchestrator.started('sick');
    const crashed = await orchestrator.ended('crashing');
    assert.deepEqual([crashed.status, crashed.reasonCode, crashed.exitCode], ['failed', 'exit-code', 3]);
    await until('three starts', () => {
      const starts = orchestrator.news().filter((news) => news.kind === 'started' && news.task === 'crashing');
      return starts.length >= 3;
    });
    assert.ok(isThere(pid), 'it was well');
    rmSync(well);
    const ended = await orchestrator.ended('sick');
    assert.deepEqual([ended.status, ended.reasonCode], ['failed', 'liveness']);
    assert.equal(isThere(pid), false);
    await orchestrator.stop();
  });

  test('never run twice: one whose orchestrator is killed before it is written down does not begin', async (t) => {
    const world = new World(t);
    const folder = join(world.folder, 'killed');
    const starts = join(world.folder, 'starts');
    const script = world.script('web.sh', [`echo $$ >>${starts}`, 'exec sleep 1000']);
    const program = ['--conditions=tenure-source', '--import', 'tsx', KILLED_PROGRAM, folder, script];
    const killed = await world.start(process.execPath, program, { cwd: join(import.meta.dirname, '..', '..') }).ended;
    assert.equal(killed.code, 137, killed.stderr);
    assert.equal(existsSync(join(folder, 'services.json')), false);

    const orchestrator = createOrchestrator({
      client: () => Promise.reject(new Error('no daemon is needed')),
      stateFolder: folder,
      tasks: [{ name: 'web', command: [script], service: true }],
    });
    t.after(() => orchestrator.stop());
    orchestrator.start();
    await until('the service', () => existsSync(starts));
    await until('the end of the first one', () => world.processes().length === 0);
    assert.equal(readFileSync(starts, 'utf8').trim().split('\n').length, 1);
    await orchestrator.stop();
  });

  test('are kept once what they are written down in can be written', async (t) => {
    const world = new World(t);
    const folder = join(world.folder, 'state-of-it');
    writeFileSync(folder, 'in the way');
    const news: OrchestratorNews[] = [];
    const orchestrator = createOrchestrator({
      client: () => Promise.reject(new Error('no daemon is needed')),
      stateFolder: folder,
      outputs: OWN_OUTPUTS,
      onNews: (one) => news.push(one),
      tasks: [{ name: 'web', command: ['sleep', '1000'], service: true }],
    });
    t.after(() => orchestrator.stop());
    orchestrator.start();
    await until('the fault', () => news.some((one) => one.kind === 'notice' && one.text.includes("can't be kept")));
    rmSync(folder);
    await until('the service', () => news.some((one) => one.kind === 'started'));
    assert.ok(existsSync(join(folder, 'services.json')));
    await orchestrator.stop();
  });

  test('say when they start again, and no such time while they run', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const path = writeTasks(world, {
      broken: { command: ['sh', '-c', 'exit 3'], service: true, restart: { cooldown: '1h', maxCooldown: '1h' } },
      web: {
        command: ['sh', '-c', '[ -e once ] && exec sleep 1000; touch once; exit 3'],
        service: true,
        restart: { cooldown: '1ms' },
      },
    });
    const orchestrator = orchestrate(world, path);
    const taskOf = async (name: string) => (await client.tasks.listTasks({ tasks: [name] })).tasks[0];
    const { nextRunTime, lastRun } = await until('the next start', async () => {
      const task = await taskOf('broken');
      return task?.nextRunTime === undefined ? undefined : task;
    });
    assert.ok(nextRunTime !== undefined && lastRun?.endTime !== undefined);
    const pauseMs = timestampToDate(nextRunTime).getTime() - timestampToDate(lastRun.endTime).getTime();
    assert.ok(pauseMs > 3_000_000 && pauseMs <= 3_600_000, `${pauseMs} ms`);
    assert.match((await world.run(['task', 'list', 'broken'])).stdout, /failed: exit code 3 +in \d+[mh]/);

    const web = await until('its second life', async () => {
      const task = await taskOf('web');
      return task?.lastRun !== undefined && task.running.length > 0 ? task : undefined;
    });
    assert.equal(web.nextRunTime, undefined);
    await orchestrator.stop();
  });

  test('print as much as they like: their output is bounded while they run, and the last of it kept', async (t) => {
    const world = new World(t);
    const folder = join(world.folder, 'chatty');
    const orchestrator = createOrchestrator({
      client: () => Promise.reject(new Error('no daemon is needed')),
      stateFolder: folder,
      // Ten seconds pass in a tenth of one.
      clock: { ...systemClock, after: (milliseconds, callback) => systemClock.after(milliseconds / 100, callback) },
      tasks: [{ name: 'chatty', command: ['sh', '-c', 'yes | head -c 5000000; sleep 1000'], service: true }],
    });
    t.after(() => orchestrator.stop());
    orchestrator.start();
    const log = join(folder, 'output/chatty.log');
    const bound = 4 * 1024 * 1024;
    await until('what is too much to be put aside', () => existsSync(`${log}.1`) && statSync(log).size < bound);
    assert.equal(statSync(`${log}.1`).size, bound);
    await orchestrator.stop();
  });

  test('are in the end what the last of several files says, though the first is still being put in force', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const server = world.script('server.sh', [
      'trap "until [ -e gate ]; do sleep 0.02; done; exit" TERM',
      'echo >trapped',
      'while :; do sleep 0.02; done',
    ]);
    const tasks = (version: string) => ({
      web: { command: [server, version], service: true, killAfter: '1m' },
      [version]: { command: ['true'], every: '1h' },
    });
    const path = writeTasks(world, tasks('first'));
    const orchestrator = orchestrate(world, path);
    await until('the trap', () => existsSync(join(world.folder, 'trapped')));
    const inForce = () => orchestrator.news().filter(({ text }) => text?.includes('is in force') === true).length;
    for (const version of ['second', 'third']) {
      writeTasks(world, tasks(version));
      orchestrator.running.kill('SIGHUP');
      await orchestrator.ended(version);
    }
    writeFileSync(join(world.folder, 'gate'), '');
    await until('both', () => inForce() === 2);
    const started = orchestrator.news().filter(({ kind, task }) => kind === 'started' && task === 'web');
    const running = started.filter(({ pid = 0 }) => isThere(pid));
    assert.equal(running.length, 1);
    assert.match(readFileSync(`/proc/${running[0]?.pid}/cmdline`, 'utf8'), /third/);
    await orchestrator.stop();
    assert.ok(started.every(({ pid = 0 }) => !isThere(pid)));
  });

  test('go on under a file that keeps them otherwise, and are kept so from their next start on', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const web = { command: ['sleep', '1000'], service: true, restart: { cooldown: '50ms' } };
    const path = writeTasks(world, { web });
    const orchestrator = orchestrate(world, path);
    const { pid = 0 } = await orchestrator.started('web');
    writeTasks(world, { web: { ...web, liveness: { command: ['false'], every: '10ms', failures: 1 } } });
    orchestrator.running.kill('SIGHUP');
    await orchestrator.hear('the file', ({ text }) => text?.includes('is in force') === true);
    assert.ok(isThere(pid));
    process.kill(pid, 'SIGKILL');
    await orchestrator.hear('the probe', ({ end }) => end?.reasonCode === 'liveness');
    await orchestrator.stop();
  });

  test('are not probed while they wait for their lease: nothing takes them out of the queue', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const holder = await client.hold().acquire({ resource: 'web' });
    assert.equal(holder.outcome, 'acquired');
    const probed = join(world.folder, 'probed');
    const path = writeTasks(world, {
      web: {
        command: ['sleep', '1000'],
        service: true,
        lease: 'web',
        wait: 'forever',
        liveness: { command: ['sh', '-c', `echo probed >>${probed}; false`], every: '10ms', failures: 2 },
      },
      beat: { command: ['true'], every: '100ms' },
    });
    const orchestrator = orchestrate(world, path);
    await untilWaiting(client, 'web', 1);
    const beats = () => orchestrator.news().filter(({ kind, task }) => kind === 'started' && task === 'beat').length;
    const before = beats();
    await until('time for a probe', () => beats() > before + 5);
    assert.equal(existsSync(probed), false);
    await client.hold().close();
    await orchestrator.started('web');
    const ended = await orchestrator.ended('web');
    assert.equal(ended.reasonCode, 'liveness');
    await orchestrator.stop();
  });
});

function findRecord(world: World): string | undefined {
  return readdirSync(world.stateDir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('services.json'))
    .map((name) => join(world.stateDir, name))[0];
}
