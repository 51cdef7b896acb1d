import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Client, TaskRunStatus } from '@tenure/client';
import { type Clock, systemClock } from '../../src/orchestrator/clock.js';
import {
  createOrchestrator,
  type Orchestrator,
  type OrchestratorNews,
  type TaskOptions,
} from '../../src/orchestrator/index.js';
import { allLeases, untilFree } from './lease_views.js';
import { isCompleted, recorded } from './orchestrations.js';
import { until } from './until.js';
import { World } from './world.js';

const lease = 'heavy-maintenance';

function orchestratorOf(world: World, client: Client, tasks: readonly TaskOptions[], id = 'first'): Orchestrator {
  return createOrchestrator({ client, tasks, id, stateFolder: join(world.folder, id) });
}

describe('functions as tasks', () => {
  test('run under the lease, which is given back however they end', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const held: string[] = [];
    let hasFired = false;
    const note = async () => {
      for (const { resource } of await allLeases(client)) held.push(resource);
    };
    const orchestrator = orchestratorOf(world, client, [
      { name: 'good', lease, run: note },
      {
        name: 'bad',
        lease,
        run: async () => {
          await note();
          throw new Error('no disk left');
        },
      },
      {
        name: 'deaf',
        lease,
        timeoutMs: 100,
        killAfterMs: 100,
        run: async ({ signal }) => {
          signal.addEventListener('abort', () => {
            hasFired = true;
          });
          await note();
          await new Promise(() => undefined);
        },
      },
    ]);
    assert.equal((await orchestrator.run('good')).status, 'completed');
    await untilFree(client, lease);
    const bad = await orchestrator.run('bad');
    assert.deepEqual(
      [bad.status, bad.reasonCode, bad.phase, bad.error],
      ['failed', 'exception', 'in-process', 'no disk left'],
    );
    await untilFree(client, lease);
    const deaf = await orchestrator.run('deaf');
    assert.deepEqual([deaf.status, deaf.reasonCode, deaf.phase], ['failed', 'timeout', 'watchdog-timeout']);
    assert.ok(hasFired);
    await untilFree(client, lease);
    assert.deepEqual(held, [lease, lease, lease]);
    await orchestrator.stop();
  });

  test('hand the lease to what they call and start; light ones hand on nothing', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const other = await world.connect();
    const statuses: string[] = [];
    const environments: NodeJS.ProcessEnv[] = [];
    const orchestrator = orchestratorOf(world, client, [
      {
        name: 'heavy',
        lease,
        run: async ({ childEnvironment }) => {
          const before = (await allLeases(client)).map((one) => one.fencingToken);
          const nested = await other.withLease({ resource: lease }, () => 'ran');
          statuses.push(nested.status);
          const child = spawnSync('tenure', ['run', lease, '--', 'true'], { env: childEnvironment(world.env) });
          statuses.push(String(child.status));
          assert.deepEqual(
            (await allLeases(client)).map((one) => one.fencingToken),
            before,
          );
        },
      },
      {
        name: 'light',
        run: ({ childEnvironment }) => {
          environments.push(childEnvironment({ ...world.env, TENURE_LEASES: 'of-the-orchestrator' }));
        },
      },
    ]);
    const end = await orchestrator.run('heavy');
    assert.equal(end.status, 'completed', end.error);
    assert.deepEqual(statuses, ['inherited', '0']);
    await orchestrator.run('light');
    assert.equal(environments[0]?.['TENURE_LEASES'], undefined);
    assert.equal(environments[0]?.['TENURE_TASK'], 'light');
    await orchestrator.stop();
  });

  test('are no parent’s whose lease a light task beside them has lost; of a child of theirs that has, they are', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const env = Object.fromEntries(Object.entries(world.env).map(([name, value]) => [name, value ?? '']));
    const light = join(world.folder, 'light');
    let child = '';
    const orchestrator = orchestratorOf(world, client, [
      {
        name: 'heavy',
        lease,
        run: async ({ childEnvironment }) => {
          const end = await orchestrator.run('light');
          assert.deepEqual([end.status, end.exitCode], ['skipped', 75]);
          const { TENURE_LEASES: _, ...lost } = childEnvironment(world.env);
          child = spawnSync('tenure', ['run', lease, '--', 'true'], { env: lost, encoding: 'utf8' }).stderr;
        },
      },
      { name: 'light', command: ['sh', '-c', `tenure run ${lease} -- true 2>${light}`], env },
    ]);
    const end = await orchestrator.run('heavy');
    assert.equal(end.status, 'completed', end.error);
    assert.match(readFileSync(light, 'utf8'), /is held by pid/);
    assert.doesNotMatch(readFileSync(light, 'utf8'), /a parent of this process|TENURE_LEASES/);
    assert.match(child, /a parent of this process holds it .*TENURE_LEASES was lost/);
    await orchestrator.stop();
  });

  test('of two orchestrators, the second one’s is deferred; of one, it is backpressure', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    let isThrough: () => void = () => undefined;
    const through = new Promise<void>((resolve) => {
      isThrough = resolve;
    });
    const long: TaskOptions = { name: 'long', lease, run: async () => await through };
    const short: TaskOptions = { name: 'short', lease, run: () => undefined };
    const client = await world.connect();
    const first = orchestratorOf(world, client, [long, short]);
    const second = orchestratorOf(world, await world.connect(), [short], 'second');
    const running = first.run('long');
    await until('the lease', async () => (await allLeases(client)).length === 1);

    const held = await second.run('short');
    assert.deepEqual([held.status, held.reasonCode, held.holder?.pid], ['skipped', 'lease-held', process.pid]);
    assert.equal(held.holder?.description, 'task long');
    const pressed = await first.run('short');
    assert.deepEqual([pressed.status, pressed.reasonCode, pressed.blockingTask], ['skipped', 'backpressure', 'long']);
    const again = await first.run('long');
    assert.deepEqual([again.status, again.reasonCode], ['skipped', 'overlap']);

    isThrough();
    assert.equal((await running).status, 'completed');
    assert.equal((await second.run('short')).status, 'completed');
    await Promise.all([first.stop(), second.stop()]);
  });

  test('a lost lease fires their signal, and shows: their work was no longer protected; who does not listen is given up', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const revoke = () => client.leases.revokeLeases({ target: { $case: 'resourcePrefix', value: lease } });
    const timers = new Set<() => void>();
    const clock: Clock = {
      now: () => systemClock.now(),
      after: (milliseconds, callback) => {
        const stop = systemClock.after(milliseconds, () => {
          timers.delete(stop);
          callback();
        });
        timers.add(stop);
        return () => {
          timers.delete(stop);
          stop();
        };
      },
    };
    const orchestrator = createOrchestrator({
      client,
      clock,
      stateFolder: join(world.folder, 'state-of-tasks'),
      tasks: [
        {
          name: 'long',
          lease,
          run: async ({ signal }) => {
            await revoke();
            await until('the signal', () => signal.aborted);
          },
        },
        {
          name: 'deaf',
          lease,
          killAfterMs: 100,
          run: async () => {
            await revoke();
            await new Promise(() => undefined);
          },
        },
      ],
    });
    const end = await orchestrator.run('long');
    assert.deepEqual([end.status, end.reasonCode], ['degraded', 'lease-lost']);
    const deaf = await orchestrator.run('deaf');
    assert.deepEqual([deaf.status, deaf.reasonCode], ['failed', 'lease-lost']);
    await orchestrator.stop();
    assert.equal(timers.size, 0);
  });

  test('a holder that is asked to give way hears of it: functions by a signal, commands by a file and a signal', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const asked: string[] = [];
    const ask = async () => {
      await client.leases.requestYield({ target: { $case: 'resource', value: lease }, reason: 'the release waits' });
    };
    const script = world.script('patient.sh', [
      "trap 'echo signalled >>heard; exit 7' USR1",
      'echo ready >ready',
      'while :; do sleep 0.05; done',
    ]);
    const news: OrchestratorNews[] = [];
    const orchestrator = createOrchestrator({
      client,
      stateFolder: join(world.folder, 'state-of-tasks'),
      onNews: (one) => news.push(one),
      tasks: [
        {
          name: 'function',
          lease,
          run: async ({ yieldSignal }) => {
            await ask();
            await until('the wish', () => yieldSignal.aborted);
            asked.push('function');
          },
        },
        { name: 'by-signal', lease, command: [script], cwd: world.folder, yieldSignal: 'SIGUSR1' },
        {
          name: 'by-file',
          lease,
          command: [
            'sh',
            '-c',
            'echo up >up; until [ -e "$TENURE_YIELD_FILE" ]; do sleep 0.05; done; cp "$TENURE_YIELD_FILE" wish',
          ],
          cwd: world.folder,
        },
      ],
    });
    assert.equal((await orchestrator.run('function')).status, 'completed');
    assert.deepEqual(asked, ['function']);

    const signalled = orchestrator.run('by-signal');
    await until('the trap', () => existsSync(join(world.folder, 'ready')));
    await ask();
    const yielded = await signalled;
    assert.deepEqual([yielded.status, yielded.reasonCode, yielded.exitCode], ['failed', 'yielded', 7]);

    const filed = orchestrator.run('by-file');
    await until('its start', () => existsSync(join(world.folder, 'up')));
    await ask();
    assert.equal((await filed).status, 'completed');
    assert.ok(existsSync(join(world.folder, 'wish')));
    assert.equal(news.filter(({ kind }) => kind === 'yield-asked').length, 3);
    await orchestrator.stop();
  });

  test('one that does not listen holds up a stop for its grace, and none that is to be at once', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const run = () => new Promise<void>(() => undefined);
    const orchestrator = orchestratorOf(world, client, [{ name: 'deaf', run, lease, killAfterMs: 3_600_000 }]);
    const running = orchestrator.run('deaf');
    await recorded(client, 'deaf', ({ status }) => status === TaskRunStatus.RUNNING);
    const stopped = orchestrator.stop();
    await orchestrator.kill();
    await stopped;
    assert.equal((await running).reasonCode, 'shutdown');
    await untilFree(client, lease);
  });

  test('a clock that is set back while they run costs no outcome', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    let setBackMs = 0;
    const orchestrator = createOrchestrator({
      client,
      stateFolder: join(world.folder, 'state-of-tasks'),
      clock: { ...systemClock, now: () => Date.now() - setBackMs },
      tasks: [
        {
          name: 'long',
          run: () => {
            setBackMs = 3_600_000;
          },
        },
      ],
    });
    await orchestrator.run('long');
    await recorded(client, 'long', isCompleted);
    await orchestrator.stop();
  });

  test('a disk that takes nothing costs a command its run, and nobody the lease', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const news: OrchestratorNews[] = [];
    writeFileSync(join(world.folder, 'no-folder'), '');
    const orchestrator = createOrchestrator({
      client,
      stateFolder: join(world.folder, 'no-folder', 'state'),
      onNews: (one) => news.push(one),
      tasks: [
        { name: 'command', lease, command: ['true'] },
        { name: 'function', lease, run: () => undefined },
      ],
    });
    const end = await orchestrator.run('command');
    assert.deepEqual([end.status, end.reasonCode], ['failed', 'exception']);
    await untilFree(client, lease);
    assert.equal((await orchestrator.run('function')).status, 'completed');
    assert.ok(news.some((one) => one.kind === 'notice' && one.text.includes('a restart will not know')));
    await orchestrator.stop();
  });

  test('wrong tasks are refused with all that is wrong with them', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const wrong: readonly TaskOptions[] = [
      { name: 'a', after: ['b'] },
      { name: 'b', command: ['true'], after: ['a'] },
    ];
    assert.throws(
      () => orchestratorOf(world, client, wrong),
      /a needs a command; .*leads back to itself: a after b after a/,
    );
  });
});
