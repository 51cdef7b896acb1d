import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { TaskRunStatus, TaskTriggerKind } from '@tenure/client';
import { z } from 'zod';
import { untilFree } from './lease_views.js';
import { isCompleted, once, orchestrate, recorded, runsOf, writeTasks } from './orchestrations.js';
import { until } from './until.js';
import { World } from './world.js';

const lease = 'heavy-maintenance';

const shownRuns = z.object({ runs: z.array(z.object({ runId: z.string(), outputPath: z.string().optional() })) });

describe('tenure orchestrate', () => {
  test('takes triggers, tries failed runs again, runs what comes after, and records all of it', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const path = writeTasks(world, {
      flaky: {
        command: ['sh', '-c', 'echo x >>tries; [ $(wc -l <tries) -ge 3 ]'],
        lease,
        retries: { max: 3, delay: '50ms' },
        onSuccess: ['false'],
      },
      after: { command: ['true'], after: 'flaky' },
    });
    const orchestrator = orchestrate(world, path);
    await orchestrator.hear('the daemon', (news) => news.text === 'connected to the daemon');
    const { outcome, triggerId } = await client.tasks.triggerTask({ task: 'flaky', reason: 'a test' });
    assert.equal(outcome?.$case, 'run');
    const run = await recorded(client, 'flaky', ({ status }) => status === TaskRunStatus.DEGRADED);
    assert.deepEqual([run.attempt, run.reasonCode, run.phase], [3, 'hook-failed', 'success-hook']);
    assert.deepEqual([run.trigger?.kind, run.trigger?.triggerId], [TaskTriggerKind.MANUAL, triggerId]);
    const follower = await recorded(client, 'after', isCompleted);
    assert.deepEqual([follower.trigger?.afterTask, follower.trigger?.afterRunId], ['flaky', run.runId]);
    const { tasks } = await client.tasks.listTasks();
    assert.deepEqual(
      tasks.map(({ name, definition }) => [name, definition?.schedule, definition?.resources]),
      [
        ['after', 'after flaky', []],
        ['flaky', '', [lease]],
      ],
    );
    await orchestrator.stop();
  });

  test('says of a service that is triggered that it runs by itself', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const orchestrator = orchestrate(world, writeTasks(world, { web: { command: ['sleep', '1000'], service: true } }));
    await orchestrator.hear('the daemon', ({ text }) => text === 'connected to the daemon');
    const asked = await world.run(['task', 'run', 'web']);
    assert.equal(asked.code, 75, asked.stderr);
    assert.match(asked.stdout, /^web: skipped: overlap \(it is a service, which runs by itself\)/);
    await orchestrator.stop();
  });

  test('shows a cascade as a run of its own, under its parent', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const path = join(world.folder, 'tasks.yaml');
    const inner = ['tenure', 'orchestrate', '--config', path, '--once', 'kb-sync'];
    writeTasks(world, {
      'primary-sync': { command: inner, every: '1h', lease },
      'kb-sync': { command: ['true'], lease },
    });
    const orchestrator = orchestrate(world, path);
    await orchestrator.ended('primary-sync', 'completed');
    const parent = await recorded(client, 'primary-sync', isCompleted);
    const child = await recorded(client, 'kb-sync', isCompleted);
    assert.equal(child.parentRunId, parent.runId);
    assert.deepEqual(child.leaseIds, parent.leaseIds);
    await orchestrator.stop();
  });

  test('reads its file again at HUP: what runs goes on, and a wrong file changes nothing', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const gate = join(world.folder, 'gate');
    const long = { command: ['sh', '-c', `until [ -e ${gate} ]; do sleep 0.02; done; echo long >>done`], every: '1h' };
    const path = writeTasks(world, { long, old: { command: ['true'], every: '100ms' } });
    const orchestrator = orchestrate(world, path);
    await orchestrator.started('long');
    await orchestrator.ended('old');

    writeFileSync(path, 'tasks:\n  long:\n    command: sleep\n');
    orchestrator.running.kill('SIGHUP');
    const refused = await orchestrator.hear('the refusal', (news) => news.text?.includes('has a fault') === true);
    assert.match(refused.text ?? '', /line 3: tasks\.long\.command must be a list/);
    assert.match(refused.text ?? '', /the tasks stay as they are/);

    writeTasks(world, { long, fresh: { command: ['true'], every: '100ms' } });
    orchestrator.running.kill('SIGHUP');
    await orchestrator.ended('fresh', 'completed');
    const olds = orchestrator.news().filter((news) => news.kind === 'started' && news.task === 'old').length;
    await until('ten more runs', () => {
      return orchestrator.news().filter((news) => news.kind === 'started' && news.task === 'fresh').length >= 10;
    });
    const oldsNow = orchestrator.news().filter((news) => news.kind === 'started' && news.task === 'old').length;
    assert.ok(oldsNow <= olds + 1, 'a task that is declared no more still runs');
    writeFileSync(gate, '');
    await orchestrator.ended('long', 'completed');
    assert.ok(existsSync(join(world.folder, 'done')));
    await orchestrator.stop();
  });

  test('stops in order at the first signal, and at once at the second', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const deaf = ['sh', '-c', "trap '' TERM; echo up >up; while :; do sleep 0.05; done"];
    const path = writeTasks(world, {
      deaf: { command: deaf, every: '1h', lease, killAfter: '1h' },
      queued: { command: ['true'], every: '1h', lease, wait: 'forever' },
    });
    const orchestrator = orchestrate(world, path);
    await until('the trap', () => existsSync(join(world.folder, 'up')));
    await orchestrator.hear('the wait', (news) => news.kind === 'waiting' && news.task === 'queued');
    orchestrator.running.kill('SIGTERM');
    const queued = await orchestrator.ended('queued');
    assert.deepEqual([queued.status, queued.reasonCode], ['skipped', 'shutdown']);
    assert.equal(orchestrator.running.isRunning, true);
    orchestrator.running.kill('SIGTERM');
    assert.equal((await orchestrator.running.ended).code, 0);
    await untilFree(client, lease);
    const [run] = await runsOf(client, 'deaf');
    assert.deepEqual([run?.status, run?.reasonCode, run?.phase], [TaskRunStatus.FAILED, 'shutdown', 'shutdown']);
  });

  test('shows its plan, and refuses a wrong file with all of its faults', async (t) => {
    const world = new World(t);
    const tasks = {
      nightly: { command: ['./backup.sh'], cron: '0 3 * * *', timeZone: 'Africa/Lagos', lease },
      web: { command: ['node', 'server.js'], service: true, cwd: '/nope' },
    };
    const path = writeTasks(world, tasks);
    const planned = await world.run(['orchestrate', '--config', path, '--dry-run']);
    assert.equal(planned.code, 0, planned.stderr);
    assert.match(
      planned.stdout,
      /^nightly\s+heavy\s+cron 0 3 \* \* \* Africa\/Lagos\s+heavy-maintenance \(skips\)\s+\d{4}-/m,
    );
    assert.match(planned.stdout, /^nightly .* \d{4}-\d\d-\d\d 03:00:00 [+]01:00, /m);
    assert.match(planned.stdout, /^web\s+service\s+always/m);
    assert.match(planned.stdout, /^web: the folder \/nope was not found$/m);
    const json = await world.json(['orchestrate', '--config', path, '--dry-run']);
    const plan = z
      .object({ tasks: z.array(z.object({ name: z.string(), nextRuns: z.array(z.string()) })) })
      .parse(json);
    assert.ok(
      plan.tasks[0]?.nextRuns.every((time) => time.endsWith('T02:00:00.000Z')),
      JSON.stringify(plan),
    );

    writeTasks(world, { a: { comand: ['x'] }, b: { command: ['x'], after: 'nobody' } });
    const wrong = await world.run(['orchestrate', '--config', path]);
    assert.equal(wrong.code, 78);
    assert.match(wrong.stderr, /tasks\.a\.comand is unknown/);
    assert.match(wrong.stderr, /tasks\.b\.after names nobody/);
    const refused = async (exitCode: number, reason: string, ...args: string[]) => {
      const told = await world.run(['orchestrate', '--json', '--config', ...args]);
      assert.equal(told.code, exitCode, told.stderr);
      const said = z.object({ error: z.object({ reason: z.string(), message: z.string() }) });
      assert.equal(said.parse(JSON.parse(told.stdout)).error.reason, reason);
      assert.equal(told.stderr, '');
    };
    await refused(78, 'CONFIG_INVALID', path);
    await refused(66, 'NO_INPUT', path.replace('tasks', 'none'), '--dry-run');
    writeTasks(world, tasks);
    await refused(66, 'TASK_NOT_FOUND', path, '--once', 'nobody');
    const lost = await once(world, writeTasks(world, { lost: { command: ['ls'], cwd: '/nope' } }), 'lost');
    assert.equal(lost.code, 127);
    assert.match(lost.stderr, /"error":"the folder \/nope was not found"/);
  });

  test('names the file with what a command printed that failed, where it printed anything', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const path = writeTasks(world, {
      telling: { command: ['sh', '-c', 'echo the disk is full >&2; exit 4'], every: '1h' },
      silent: { command: ['false'], every: '1h' },
      absent: { command: ['no-such-command'], every: '1h' },
    });
    const orchestrator = world.tenure(['orchestrate', '--config', path]);
    const failure = /telling: failed \(exit-code\): exit code 4; output in (.+)\n/;
    const [said, silent] = await until('the failures', () => {
      const text = orchestrator.output(2);
      const [found, other] = [failure.exec(text)?.[1], /(silent: failed .*)\n/.exec(text)?.[1]];
      const isAll = found !== undefined && other !== undefined && /absent: failed .*\n/.test(text);
      return isAll && [found, other];
    });
    assert.equal(readFileSync(said, 'utf8'), 'the disk is full\n');
    assert.equal(silent, 'silent: failed (exit-code): exit code 1');
    assert.doesNotMatch(orchestrator.output(2), /absent: .*output in/);
    orchestrator.kill('SIGTERM');
    await orchestrator.ended;

    const outputOf = async (task: string) => {
      const { stdout } = await world.run(['task', 'show', '--json', task]);
      const [run] = shownRuns.parse(JSON.parse(stdout)).runs;
      const lines = [(await world.run(['task', 'show', task])).stdout];
      lines.push((await world.run(['task', 'show', '--run', run?.runId ?? ''])).stdout);
      return { path: run?.outputPath, rows: lines.map((text) => /^output +(.+)$/m.exec(text)?.[1]) };
    };
    assert.deepEqual(await outputOf('telling'), { path: said, rows: [said, said] });
    assert.deepEqual(await outputOf('absent'), { path: undefined, rows: [undefined, undefined] });
  });

  test('keeps the output of tasks in its state folder, for its user alone', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const path = writeTasks(world, { talkative: { command: ['sh', '-c', 'echo out; echo err >&2'], every: '1h' } });
    const orchestrator = orchestrate(world, path);
    await orchestrator.ended('talkative', 'completed');
    await orchestrator.stop();
    const found = (await world.start('find', [world.stateDir, '-name', 'talkative.log', '-perm', '600']).ended).stdout;
    assert.equal(readFileSync(found.trim(), 'utf8'), 'out\nerr\n');
  });
});
