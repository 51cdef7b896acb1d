import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type Client,
  newTaskRunId,
  type TaskRunFields,
  TaskRunStatus,
  TaskTriggerKind,
  type Trigger,
} from '@tenure/client';
import { z } from 'zod';
import { until } from './until.js';
import { World } from './world.js';

const runJson = z.object({
  runId: z.string(),
  task: z.string(),
  parentRunId: z.string().optional(),
  status: z.string(),
  reasonCode: z.string().optional(),
  exitCode: z.number().optional(),
  count: z.number(),
  holder: z.object({ pid: z.number(), resource: z.string(), description: z.string().optional() }).optional(),
});
const historyJson = z.object({ runs: z.array(runJson) });
const listJson = z.object({
  tasks: z.array(
    z.object({
      name: z.string(),
      running: z.array(runJson),
      deferredSince: z.string().optional(),
      starved: z.boolean(),
    }),
  ),
});

async function history(world: World, ...args: string[]) {
  return historyJson.parse(await world.json(['task', 'history', ...args])).runs;
}

/** An orchestrator of the test's own: does with each trigger what it is told. */
class Orchestrator {
  readonly connected: number[] = [];
  readonly #stop = new AbortController();
  readonly #over: Promise<void>;

  constructor(
    client: Client,
    deed: (trigger: Trigger, record: (fields: TaskRunFields) => Promise<unknown>) => unknown,
  ) {
    const triggers = client.watchTriggers({
      orchestratorId: 'test',
      description: '/home/me/tasks.yaml',
      tasks: () => [{ name: 'kb-sync', schedule: 'every 10m', enabled: true, resources: ['nightly'] }],
      onConnected: () => this.connected.push(this.connected.length + 1),
      signal: this.#stop.signal,
    });
    this.#over = (async () => {
      for await (const trigger of triggers) {
        const { task, triggerId } = trigger;
        const about = {
          runId: newTaskRunId(),
          task,
          orchestratorId: 'test',
          trigger: { kind: TaskTriggerKind.MANUAL, triggerId },
        };
        await deed(trigger, (fields) => client.tasks.recordTaskOutcome({ run: { ...about, ...fields } }));
      }
    })();
  }

  async untilConnected(times: number): Promise<void> {
    await until(`connection ${times} of the orchestrator`, () => this.connected.length >= times);
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#over;
  }
}

describe('tasks', () => {
  test('scripts record their runs, cascades under their parent, deferrals with who was in the way', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const cascade = 'tenure run nightly --task inner -- sh -c "exit 3"; echo $TENURE_TASK';
    const outer = await world.run(['run', 'nightly', '--task', 'outer', '--', 'sh', '-c', cascade]);
    assert.deepEqual([outer.code, outer.stdout], [0, 'outer\n']);
    const [inner, parent] = await history(world);
    assert.deepEqual([inner?.task, inner?.status, inner?.exitCode], ['inner', 'failed', 3]);
    assert.deepEqual([parent?.task, parent?.status], ['outer', 'completed']);
    assert.equal(inner?.parentRunId, parent?.runId);

    const holder = world.tenure(['run', 'nightly', '--task', 'backup', '--', 'sh', '-c', 'echo held; exec sleep 1000']);
    await holder.line(/^held$/);
    for (let index = 0; index < 3; index += 1) {
      assert.equal((await world.run(['run', 'nightly', '--task', 'outer', '--', 'true'])).code, 75);
    }
    const [skipped, ...rest] = await history(world, 'outer');
    assert.deepEqual([skipped?.status, skipped?.reasonCode, skipped?.count], ['skipped', 'lease-held', 3]);
    assert.deepEqual([skipped?.holder?.resource, skipped?.holder?.description], ['nightly', 'sleep']);
    assert.equal(rest.length, 1);
    const table = (await world.run(['task', 'list'])).stdout;
    assert.match(table, /^backup +running/m);
    assert.match(table, /^inner +idle +.* ago +failed: exit code 3/m);
    assert.match(table, /^outer +deferred +.* ago +completed +nightly held by pid \d+ sleep, .* ago/m);
    holder.kill('SIGTERM');
    await holder.ended;
    const [ended] = await history(world, 'backup');
    assert.deepEqual([ended?.status, ended?.reasonCode], ['failed', 'signal']);
  });

  test('a run is shown by its id, with its task before it or alone; one that is asked for as a task is hinted at', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    await world.run(['run', 'a', '--task', 'nightly', '--', 'true']);
    const [run] = await history(world);
    const runId = run?.runId ?? '';
    const show = async (...args: string[]) => await world.run(['task', 'show', ...args]);
    for (const args of [
      ['--run', runId],
      ['nightly', '--run', runId],
      ['--run', 'nightly', runId],
    ]) {
      assert.match((await show(...args)).stdout, new RegExp(`^run +${runId}$`, 'm'), args.join(' '));
    }
    const hint = `for a run: tenure task show --run ${runId}`;
    const asTask = await show(runId);
    assert.equal(asTask.code, 66);
    assert.ok(asTask.stderr.includes(`there is no task ${runId}`) && asTask.stderr.includes(hint), asTask.stderr);
    const other = await show('other', '--run', runId);
    assert.equal(other.code, 64);
    assert.match(other.stderr, new RegExp(`run ${runId} is one of nightly, not of other`));
    const without = await show('nightly', runId);
    assert.equal(without.code, 64);
    assert.ok(without.stderr.includes(hint), without.stderr);
    assert.match((await show('nothing')).stderr, /see what there is with 'tenure task list'/);
  });

  test('a run outlives kill -9 of the daemon, and one whose script is killed does not seem to run for ever', async (t) => {
    const world = new World(t);
    const script = 'echo ready; while [ ! -e go ]; do sleep 0.05; done';
    const long = world.tenure(['run', 'a', '--task', 'long', '--', 'sh', '-c', script]);
    await long.line(/^ready$/);
    const doomed = world.tenure(['run', 'b', '--task', 'doomed', '--', 'sh', '-c', 'echo $$; exec sleep 1000']);
    const command = Number(await doomed.line(/^\d+$/));
    await until('both runs', async () => {
      const { tasks } = listJson.parse(await world.json(['task', 'list']));
      return tasks.filter(({ running }) => running[0]?.status === 'running').length === 2;
    });
    process.kill(world.daemonPid(), 'SIGKILL');
    doomed.kill('SIGKILL');
    process.kill(command, 'SIGKILL');
    await until('the end of what was killed', async () => {
      const [run] = await history(world, 'doomed');
      return run?.reasonCode === 'outcome-unknown';
    });
    const { tasks } = listJson.parse(await world.json(['task', 'list', 'long']));
    assert.equal(tasks[0]?.running.length, 1);
    world.script('go', []);
    assert.equal((await long.ended).code, 0);
    const [run] = await history(world, 'long');
    assert.equal(run?.status, 'completed');
  });

  test('a task is run by its orchestrator when it is asked for, over restarts of the daemon, and followed to its end', async (t) => {
    const world = new World(t);
    const daemon = await world.startDaemon();
    const orchestrator = new Orchestrator(await world.connect(), async ({ reason }, record) => {
      await record({ status: TaskRunStatus.RUNNING });
      if (reason === 'leave it') return;
      await record({ status: TaskRunStatus.FAILED, reasonCode: 'exit-code', exitCode: 7, error: 'rclone has failed' });
    });
    await orchestrator.untilConnected(1);
    const failed = await world.run(['task', 'run', 'kb-sync', '--wait']);
    assert.equal(failed.code, 7);
    assert.match(failed.stdout, /^kb-sync: failed: exit code 7 \(rclone has failed\) · r\w+$/m);
    assert.equal((await world.run(['task', 'run', 'kb-sync', '--reason', 'leave it'])).code, 0);
    assert.match(
      (await world.run(['task', 'show', 'kb-sync'])).stdout,
      /orchestrator +pid \d+ \/home\/me\/tasks\.yaml/,
    );

    daemon.kill('SIGKILL');
    await daemon.ended;
    await world.startDaemon();
    await orchestrator.untilConnected(2);
    assert.equal((await world.run(['task', 'run', 'kb-sync', '--wait'])).code, 7);

    await orchestrator.end();
    const nobody = await world.run(['task', 'run', 'kb-sync', '--json']);
    assert.equal(nobody.code, 69);
    assert.equal(JSON.parse(nobody.stdout).cause, 'no-orchestrator');
    assert.equal((await world.run(['task', 'run', 'nothing'])).code, 66);
  });

  test('a task that is kept from running for too long is a warning with task, holder and remedy, until it runs', async (t) => {
    const world = new World(t, { config: 'tasks:\n  starveAfter: 200ms\n' });
    await world.startDaemon();
    const watch = world.tenure(['task', 'watch', '--json']);
    await watch.line(/"synced"/);
    const holder = world.tenure(['run', 'nightly', '--', 'sh', '-c', 'echo held; exec sleep 1000']);
    await holder.line(/^held$/);
    assert.equal((await world.run(['run', 'nightly', '--task', 'kb-sync', '--', 'true'])).code, 75);
    await watch.line(/"starved":true/);
    const health = (await world.run(['health'])).stdout;
    assert.match(health, /^tasks +1: 0 running, 1 kept from running \(1 for too long\); 0 orchestrators$/m);
    assert.match(health, /^warning task-starved: .*kb-sync since .* \(nightly was held by pid \d+ sleep\)$/m);
    assert.match(health, /tenure lease yield nightly/);
    assert.match((await world.run(['task', 'list'])).stdout, /^kb-sync +starved/m);
    assert.match((await world.run(['audit', '--action', 'task.starved'])).stdout, /kb-sync/);
    holder.kill('SIGTERM');
    await holder.ended;
    assert.equal((await world.run(['run', 'nightly', '--task', 'kb-sync', '--', 'true'])).code, 0);
    assert.doesNotMatch((await world.run(['health'])).stdout, /task-starved/);
  });

  test('forgets a task that nobody runs any more, and says which stay and which there are none of', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const { COMPLETED, RUNNING } = TaskRunStatus;
    await client.tasks.recordTaskOutcome({ run: { runId: 'r1', task: 'old', status: COMPLETED } });
    await client.tasks.recordTaskOutcome({ run: { runId: 'r2', task: 'busy', status: RUNNING } });
    const typo = await world.run(['task', 'forget', 'older']);
    assert.equal(typo.code, 66);
    assert.equal(typo.stderr, 'tenure: there is no task older\n');
    const both = await world.run(['task', 'forget', 'old', 'busy']);
    assert.equal(both.code, 1);
    assert.equal(both.stdout, 'old is forgotten\n');
    assert.match(both.stderr, /^tenure: busy stays: /);
    const left = await client.tasks.listTasks();
    assert.deepEqual(
      left.tasks.map(({ name }) => name),
      ['busy'],
    );
  });
});
