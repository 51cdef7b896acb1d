import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Client, currentTaskRun, newTaskRunId, type Trigger, taskEnvironment } from '@tenure/client';
import type { DeclareTasksRequest, TriggerTaskRequest } from '@tenure/client/gen/tenure/task/v1/task_service';
import { daemonEnvironment } from '../../clients/typescript/src/daemon_command.js';
import { FakeDaemon } from './fake_daemon.js';
import { until } from './until.js';

function triggerOf(triggerId: string): { trigger: Trigger } {
  return { trigger: { triggerId, task: 'kb-sync', reason: '', uid: 0, pid: 0, time: undefined } };
}

async function heardBy(client: Client, heard: string[], connected: () => void, tasks: () => { name: string }[]) {
  const options = { orchestratorId: 'o', description: 'd', tasks, onConnected: connected };
  for await (const { triggerId } of client.watchTriggers(options)) heard.push(triggerId);
}

test('an orchestrator declares its tasks as they are before each stream, and hears each trigger once', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const heard: string[] = [];
  let connected = 0;
  const client = await daemon.client();
  const names = ['a'];
  void heardBy(
    client,
    heard,
    () => {
      connected += 1;
    },
    () => names.map((name) => ({ name })),
  );
  await until('the first connection', () => connected === 1);
  daemon.tasks.streams[0]?.write(triggerOf('t1'));
  await until('the trigger', () => heard.length === 1);
  names.push('b');
  daemon.breakConnections();
  await until('the second connection', () => connected === 2);
  for (const id of ['t1', 't2']) daemon.tasks.streams[1]?.write(triggerOf(id));
  await until('the next trigger', () => heard.length === 2);
  assert.deepEqual(heard, ['t1', 't2']);
  const calls = daemon.tasks.received.map(({ method }) => method);
  assert.deepEqual(calls, ['declareTasks', 'watchTriggers', 'declareTasks', 'watchTriggers']);
  const declared = daemon.tasks.received
    .filter(({ method }) => method === 'declareTasks')
    .map(({ request }) => (request as DeclareTasksRequest).tasks.map(({ name }) => name));
  assert.deepEqual(declared, [['a'], ['a', 'b']]);
});

test('a trigger whose answer is lost is asked for again by the same request id', async (context) => {
  const daemon = await FakeDaemon.start(context);
  daemon.tasks.run = (_method, _request, answer) => {
    if (daemon.tasks.received.length === 1) daemon.breakConnections();
    else answer(null, { outcome: undefined, triggerId: 't1' });
  };
  const { tasks } = await daemon.client();
  await tasks.triggerTask({ task: 'kb-sync' });
  const [first, again] = daemon.tasks.received.map(({ request }) => (request as TriggerTaskRequest).requestId);
  assert.match(first ?? '', /./);
  assert.equal(again, first);
});

test('the environment of a run tells it to what it starts, not to the daemon', () => {
  const run = { task: 'kb-sync', runId: newTaskRunId() };
  const environment = taskEnvironment(run, { PATH: '/bin' });
  assert.deepEqual(environment, { PATH: '/bin', TENURE_TASK: 'kb-sync', TENURE_TASK_RUN_ID: run.runId });
  assert.deepEqual(currentTaskRun(environment), run);
  assert.equal(currentTaskRun({}), undefined);
  assert.deepEqual(daemonEnvironment(environment), { PATH: '/bin' });
  assert.match(run.runId, /^[A-Za-z0-9._-]{1,64}$/);
});
