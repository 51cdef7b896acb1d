import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import { TaskKind, TaskRunStatus, TaskTriggerKind } from '@tenure/client/gen/tenure/task/v1/task';
import { TaskEventType, TriggerUntakenCause } from '@tenure/client/gen/tenure/task/v1/task_service';
import { readStartTicks } from '../../src/os/process_facts.js';
import { Refusal } from '../../src/rpc/refusal.js';
import { until } from '../e2e/until.js';
import { contextOf, peerOf, SELF, TaskRoom } from './task_room.js';

const { RUNNING, COMPLETED, FAILED, SKIPPED, WAITING } = TaskRunStatus;

function refusedFor(reason: string): (error: unknown) => boolean {
  return (error) => error instanceof Refusal && error.reason === reason;
}

async function sleeper(t: TestContext) {
  const child = spawn('sleep', ['60']);
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  return {
    pid,
    peer: peerOf(pid, readStartTicks(pid) ?? 0),
    end: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function actionsOf(room: TaskRoom): string[] {
  return room.events.map(({ action }) => action);
}

describe('a run', () => {
  test('is recorded by its id as often as it is told, and has one begin and one end', async (t) => {
    const room = new TaskRoom(t);
    await room.record({ runId: 'r1', status: RUNNING });
    await room.record({ runId: 'r1', status: RUNNING });
    const ended = await room.record({ runId: 'r1', status: FAILED, reasonCode: 'exit-code', exitCode: 7 });
    assert.deepEqual([ended.status, ended.exitCode, ended.recorder?.pid], [FAILED, 7, process.pid]);
    const again = await room.record({ runId: 'r1', status: COMPLETED });
    assert.equal(again.status, FAILED, 'an end is for ever');
    assert.deepEqual(actionsOf(room), ['task.started', 'task.failed']);
    const task = await room.task('kb-sync');
    assert.deepEqual([task.running.length, task.lastRun?.runId, task.lastSuccessTime], [0, 'r1', undefined]);
  });

  test('is refused where it says nothing, is of another task, or another user’s', async (t) => {
    const room = new TaskRoom(t);
    await assert.rejects(room.record({ runId: 'r1' }), refusedFor('INVALID_FIELD'));
    await assert.rejects(room.record({ runId: '', status: RUNNING }), refusedFor('INVALID_FIELD'));
    await assert.rejects(room.record({ runId: 'r1', task: 'no name', status: RUNNING }), refusedFor('INVALID_FIELD'));
    await room.record({ runId: 'r1', status: RUNNING });
    await assert.rejects(room.record({ runId: 'r1', task: 'b', status: RUNNING }), refusedFor('REQUEST_ID_REUSED'));
    await assert.rejects(room.record({ runId: 'r1', status: FAILED }, { ...SELF, uid: 7 }), refusedFor('ROLE_DENIED'));
    await room.record({ runId: 'r1', status: FAILED }, { ...SELF, uid: 7, role: 'operator' });
  });

  test('is refused with a time that nothing can show, and stands in nobody’s way then', async (t) => {
    const room = new TaskRoom(t);
    const skip = { status: SKIPPED, reasonCode: 'lease-held' };
    for (const seconds of [-62_135_596_801n, 253_402_300_800n]) {
      const start = { ...skip, runId: 'r1', startTime: { seconds, nanos: 0 } };
      await assert.rejects(room.record(start), refusedFor('INVALID_FIELD'));
    }
    for (const [runId, seconds] of [
      ['r2', -62_135_596_800n],
      ['r3', -1n],
    ] as const) {
      await room.record({ ...skip, runId, startTime: { seconds, nanos: 999_999_999 }, reasonCode: runId });
    }
    const first = await room.runs({ pageSize: 1 });
    const second = await room.runs({ pageSize: 1, pageToken: first.nextPageToken });
    assert.deepEqual(
      [...first.runs, ...second.runs].map(({ runId }) => runId),
      ['r3', 'r2'],
    );
    assert.deepEqual([...room.starving.keys()], ['kb-sync']);
  });

  test('that has not ended is kept, which has a bound', async (t) => {
    const history = { perTask: 1, total: 2, bytes: 1_000_000, maxAgeMs: 1e9 };
    const room = new TaskRoom(t, { settings: { history, starveAfterMs: 0 } });
    for (const runId of ['r1', 'r2']) await room.record({ runId, status: RUNNING });
    await assert.rejects(room.record({ runId: 'r3', status: WAITING }), refusedFor('TOO_MANY'));
    await room.record({ runId: 'r2', status: RUNNING, phase: 'spawn' });
    await room.record({ runId: 'r2', status: COMPLETED });
    await room.record({ runId: 'r3', status: RUNNING });
    assert.deepEqual((await room.task('kb-sync')).running.map(({ runId }) => runId).sort(), ['r1', 'r3']);
  });

  test('that is skipped again for the same cause is counted, not repeated', async (t) => {
    const room = new TaskRoom(t);
    const holder = { leaseId: 'l1', resource: 'nightly', pid: 812, description: 'sync.sh', clientId: '', reason: '' };
    const skip = { status: SKIPPED, reasonCode: 'lease-held', holder };
    await room.record({ ...skip, runId: 'r1' });
    room.nowMs += 60_000;
    const counted = await room.record({ ...skip, runId: 'r2' });
    assert.deepEqual([counted.runId, counted.count], ['r1', 2]);
    assert.equal((await room.record({ ...skip, runId: 'r2' })).count, 2, 'a record that came twice');
    // What waited first, and then gave up, is one more of the same.
    await room.record({ runId: 'r3', status: WAITING, reasonCode: 'lease-held', holder });
    assert.equal((await room.record({ ...skip, runId: 'r3' })).count, 3);
    assert.equal((await room.record({ runId: 'r4', status: SKIPPED, reasonCode: 'backpressure' })).count, 1);
    assert.deepEqual((await room.runs()).runs.map(({ runId }) => runId).toSorted(), ['r1', 'r4']);
    assert.deepEqual(actionsOf(room), ['task.skipped', 'task.skipped']);
    await room.record({ runId: 'r5', status: COMPLETED });
    assert.equal((await room.record({ ...skip, runId: 'r6' })).runId, 'r6', 'it has run since');
  });

  test('ends as unknown once its recorder and its own process are both gone, not before', async (t) => {
    const room = new TaskRoom(t);
    const [orchestrator, work] = [await sleeper(t), await sleeper(t)];
    const run = { runId: 'r1', status: RUNNING, process: { pid: work.pid, startTicks: 0n } };
    await room.record(run, orchestrator.peer);
    const ended = room.tasks.handlers.waitTaskRun.run({ runId: 'r1', timeout: undefined }, contextOf(SELF));
    await orchestrator.end();
    const stillOpen = await room.tasks.handlers.waitTaskRun.run(
      { runId: 'r1', timeout: { seconds: 0n, nanos: 300_000_000 } },
      contextOf(SELF),
    );
    assert.equal(stillOpen.run?.status, RUNNING, 'its work goes on');
    await work.end();
    const { run: after } = await ended;
    assert.deepEqual([after?.status, after?.reasonCode], [FAILED, 'outcome-unknown']);
    // Who knows better may still say so.
    assert.equal((await room.record({ runId: 'r1', status: COMPLETED })).status, COMPLETED);
  });

  test('is found by pages, filters and parents', async (t) => {
    const room = new TaskRoom(t);
    for (let index = 0; index < 5; index += 1) {
      room.nowMs += 1_000;
      const status = index % 2 === 0 ? COMPLETED : FAILED;
      await room.record({ runId: `r${index}`, status, parentRunId: index === 4 ? 'r0' : '' });
    }
    await room.record({ runId: 'other', task: 'other', status: COMPLETED });
    const filter = {
      tasks: ['kb-sync'],
      statuses: [],
      orchestratorId: '',
      parentRunId: '',
      triggerId: '',
      since: undefined,
    };
    const seen: string[] = [];
    let pageToken = '';
    do {
      const page = await room.runs({ filter, pageSize: 2, pageToken });
      seen.push(...page.runs.map(({ runId }) => runId));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    assert.deepEqual(seen, ['r4', 'r3', 'r2', 'r1', 'r0']);
    const failed = await room.runs({ filter: { ...filter, statuses: [FAILED] } });
    assert.deepEqual(
      failed.runs.map(({ runId }) => runId),
      ['r3', 'r1'],
    );
    assert.equal((await room.runs({ filter: { ...filter, parentRunId: 'r0' } })).runs[0]?.runId, 'r4');
    await assert.rejects(room.runs({ pageToken: 'x' }), refusedFor('INVALID_FIELD'));
  });
});

describe('a trigger', () => {
  test('reaches the orchestrator that has the task, and is answered by its run', async (t) => {
    const room = new TaskRoom(t);
    await room.declare('o', [{ name: 'kb-sync', kind: TaskKind.HEAVY, resources: ['nightly'] }]);
    const stream = room.listen('o');
    assert.equal((await room.task('kb-sync')).orchestrators[0]?.orchestratorId, 'o');
    const asked = room.trigger({ reason: 'by hand', requestId: 'q1' });
    const again = room.trigger({ requestId: 'q1' });
    const trigger = await stream.until((all) => all[1]?.trigger);
    assert.deepEqual([trigger.task, trigger.reason, trigger.pid], ['kb-sync', 'by hand', process.pid]);
    const manual = { kind: TaskTriggerKind.MANUAL, triggerId: trigger.triggerId, afterRunId: '', afterTask: '' };
    await room.record({ runId: 'r1', status: SKIPPED, reasonCode: 'lease-held', trigger: manual });
    for (const answer of [await asked, await again, await room.trigger({ requestId: 'q1' })]) {
      assert.equal(answer.triggerId, trigger.triggerId);
      assert.equal(answer.outcome?.$case === 'run' ? answer.outcome.value.runId : undefined, 'r1');
    }
    assert.equal(stream.received.length, 2, 'one trigger for one request');
    await assert.rejects(room.trigger({ task: 'nothing' }), refusedFor('TASK_NOT_FOUND'));
  });

  test('that nobody takes is told to whoever asked, with why', async (t) => {
    const room = new TaskRoom(t);
    await room.declare('o', [{ name: 'kb-sync' }]);
    const causeOf = async (answer: ReturnType<TaskRoom['trigger']>) => {
      const { outcome } = await answer;
      return outcome?.$case === 'untaken' ? outcome.value.cause : undefined;
    };
    assert.equal(await causeOf(room.trigger()), TriggerUntakenCause.NO_ORCHESTRATOR);
    const [first, second] = [room.listen('o'), room.listen('o')];
    const asked = causeOf(room.trigger());
    await first.until((all) => all[1]?.trigger);
    first.end();
    await second.until((all) => all[1]?.trigger);
    second.end();
    assert.equal(await asked, TriggerUntakenCause.ORCHESTRATOR_GONE);
    room.listen('o');
    assert.equal(
      await causeOf(room.trigger({ timeout: { seconds: 0n, nanos: 1_000_000 } })),
      TriggerUntakenCause.TIMEOUT,
    );
  });
});

test('a task of several orchestrators is shown as those that are there have it, the earliest run of theirs next', async (t) => {
  const room = new TaskRoom(t);
  const declare = (id: string, schedule: string, seconds: bigint) =>
    room.declare(id, [{ name: 'kb-sync', schedule, nextRunTime: { seconds, nanos: 0 } }]);
  const shown = async () => {
    const { definition, nextRunTime } = await room.task('kb-sync');
    return [definition?.schedule, nextRunTime?.seconds];
  };
  const left = async (reader: { end(): void }) => {
    const before = room.tasks.numbers().orchestrators;
    reader.end();
    await until('its leaving', () => room.tasks.numbers().orchestrators < before);
  };
  await declare('a', 'every 10m', 100n);
  const a = room.listen('a');
  await declare('b', 'every 30m', 300n);
  await declare('c', 'every 20m', 200n);
  assert.deepEqual(await shown(), ['every 10m', 100n], 'the others do not listen yet');
  const [b, c] = [room.listen('b'), room.listen('c')];
  assert.deepEqual(await shown(), ['every 20m', 100n]);
  await left(a);
  assert.deepEqual(await shown(), ['every 20m', 200n]);
  await left(c);
  assert.deepEqual(await shown(), ['every 30m', 300n], 'neither of what was declared last, nor of what is due first');
  await left(b);
  assert.deepEqual(await shown(), ['every 20m', undefined]);
});

describe('a task that is kept from running', () => {
  const held = { leaseId: 'l1', resource: 'nightly', pid: 812, description: 'sync.sh', clientId: '', reason: '' };

  test('starves at its limit, which is told once, and no longer once it runs', async (t) => {
    const room = new TaskRoom(t);
    await room.declare('o', [{ name: 'kb-sync', starveAfter: { seconds: 600n, nanos: 0 } }]);
    const skip = { status: SKIPPED, reasonCode: 'lease-held', holder: held };
    await room.record({ ...skip, runId: 'r1' });
    assert.equal(room.starving.size, 0);
    room.nowMs += 600_000;
    await room.record({ ...skip, runId: 'r2' });
    room.nowMs += 1;
    await room.record({ ...skip, runId: 'r3' });
    assert.deepEqual([...room.starving.keys()], ['kb-sync']);
    assert.equal((await room.task('kb-sync')).starved, true);
    assert.deepEqual(room.tasks.numbers(), {
      tasks: 1,
      orchestrators: 0,
      running: 0,
      waiting: 0,
      deferred: 1,
      starving: 1,
    });
    const told = room.events.filter(({ action }) => action === 'task.starved');
    assert.deepEqual(
      told.map(({ metadata }) => [metadata['task'], metadata['holderPid'], metadata['resource']]),
      [['kb-sync', 812, 'nightly']],
    );
    await room.record({ runId: 'r4', status: RUNNING });
    assert.equal(room.starving.size, 0);
    assert.equal((await room.task('kb-sync')).deferredSince, undefined);
  });

  test('starves without a word from anybody, when its time has come', async (t) => {
    const room = new TaskRoom(t);
    await room.declare('o', [{ name: 'kb-sync', starveAfter: { seconds: 0n, nanos: 50_000_000 } }]);
    const watch = room.watch();
    await room.record({ runId: 'r1', status: WAITING, reasonCode: 'lease-held', holder: held });
    // Only the timer can tell: the clock goes on before it does.
    room.nowMs += 60;
    const starved = await watch.until((all) =>
      all.flatMap(({ events }) => events).find(({ task }) => task?.starved === true),
    );
    assert.equal(starved.type, TaskEventType.CHANGED);
  });

  test('does not starve once it is switched off, or is nobody’s any more', async (t) => {
    const room = new TaskRoom(t);
    const skip = { status: SKIPPED, reasonCode: 'lease-held', holder: held };
    await room.declare('o', [{ name: 'kb-sync', starveAfter: { seconds: 1n, nanos: 0 } }]);
    await room.record({ ...skip, runId: 'r1' });
    room.nowMs += 2_000;
    await room.record({ ...skip, runId: 'r2' });
    assert.equal(room.starving.size, 1);
    await room.declare('o', [{ name: 'kb-sync', enabled: false }]);
    assert.equal(room.starving.size, 0);

    await room.declare('o', [{ name: 'index' }]);
    await room.record({ ...skip, runId: 'r3', task: 'index', orchestratorId: 'o' });
    await room.record({ ...skip, runId: 'r4', task: 'script' });
    assert.equal(room.tasks.numbers().deferred, 2);
    await room.declare('o', []);
    assert.equal(room.tasks.numbers().deferred, 1);
    assert.equal((await room.task('index')).deferredSince, undefined);
    assert.notEqual((await room.task('script')).deferredSince, undefined);
  });
});

test('a task is forgotten with its runs, its declaration and its starvation, for good, unless somebody runs it', async (t) => {
  const room = new TaskRoom(t);
  await room.declare('gone', [{ name: 'kb-sync', schedule: 'every 1m' }, { name: 'index' }]);
  await room.record({ runId: 'r1', orchestratorId: 'gone', status: SKIPPED, reasonCode: 'lease-held' });
  room.nowMs += 3_600_001;
  await room.record({ runId: 'r2', task: 'open', status: RUNNING });
  await room.declare('there', [{ name: 'served' }]);
  const listener = room.listen('there');
  assert.deepEqual([...room.starving.keys()], ['kb-sync']);
  const watch = room.watch();

  const wanted = ['kb-sync', 'open', 'served', 'nobody', 'kb-sync'];
  assert.deepEqual(await room.forget(wanted), { forgottenTasks: ['kb-sync'], keptTasks: ['open', 'served'] });
  assert.equal(room.starving.size, 0);
  const told = await watch.until((all) =>
    all.flatMap(({ events }) => events).find(({ type }) => type === TaskEventType.REMOVED),
  );
  assert.equal(told.task?.name, 'kb-sync');
  assert.deepEqual(
    room.events.filter(({ action }) => action === 'task.forgotten').map(({ metadata }) => metadata),
    [{ task: 'kb-sync' }],
  );
  assert.deepEqual(await room.forget(['kb-sync']), { forgottenTasks: [], keptTasks: [] });

  listener.end();
  await room.close();
  const again = new TaskRoom(t, { folder: room.folder });
  await assert.rejects(again.task('kb-sync'), /there is no task kb-sync/);
  assert.equal((await again.task('index')).definition?.name, 'index', 'declared beside it');
  assert.deepEqual(
    (await again.runs()).runs.map(({ runId }) => runId),
    ['r2'],
  );
  await again.record({ runId: 'r3', status: COMPLETED });
  assert.equal((await again.task('kb-sync')).lastRun?.runId, 'r3', 'one that runs again is known again');
});

test('a watch has a snapshot, then each change once, and resumes where it was', async (t) => {
  const room = new TaskRoom(t);
  await room.record({ runId: 'r1', status: COMPLETED });
  const watch = room.watch();
  await room.record({ runId: 'r2', status: RUNNING });
  await room.declare('o', [{ name: 'other' }]);
  await room.declare('o', []);
  const events = await watch.until((all) => {
    const flat = all.flatMap((one) => one.events);
    return flat.some(({ type }) => type === TaskEventType.REMOVED) ? flat : undefined;
  });
  assert.deepEqual(
    events.map(({ type, task, run }) => [type, task?.name, run?.runId]),
    [
      [TaskEventType.SNAPSHOT, 'kb-sync', undefined],
      [TaskEventType.SYNCED, undefined, undefined],
      [TaskEventType.RUN_CHANGED, 'kb-sync', 'r2'],
      [TaskEventType.ADDED, 'other', undefined],
      [TaskEventType.REMOVED, 'other', undefined],
    ],
  );
  const after = events[2]?.revision ?? 0n;
  const resumed = room.watch(after, ['other']);
  const rest = await resumed.until((all) => (all.length > 0 ? all.flatMap((one) => one.events) : undefined));
  assert.deepEqual(
    rest.map(({ type }) => type),
    [TaskEventType.ADDED, TaskEventType.REMOVED, TaskEventType.SYNCED],
  );
  assert.ok(rest.every(({ revision }) => revision > after));
});
