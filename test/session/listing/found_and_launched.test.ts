import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { SessionOutcome, SessionState } from '@tenure/client/gen/tenure/session/v1/session';
import { isRunning, readStartTicks } from '../../../src/os/process_facts.js';
import type { FoundSession } from '../../../src/session/agents/agent_program.js';
import { processAdapter } from '../../../src/session/process_adapter.js';
import { until } from '../../e2e/until.js';
import { fakeAdapter, foundSession } from '../fake_adapters.js';
import { SessionRoom } from '../session_room.js';

/** The process whose pid a script has written into a file of its directory. */
async function processIn(file: string): Promise<{ readonly pid: number; readonly startTicks: number }> {
  return until(`a pid in ${file}`, () => {
    const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
    const startTicks = pid === 0 ? undefined : readStartTicks(pid);
    return startTicks === undefined ? undefined : { pid, startTicks };
  });
}

describe('a wrapper', () => {
  test('that ends before its agent takes neither the agent from the list nor the lease from the directory', async (t) => {
    let found: FoundSession[] = [];
    const room = await SessionRoom.open(t, { adapters: [fakeAdapter('agent', async () => found)] });
    const { outcome } = await room.launch({ adapter: 'agent', prompt: 'sleep 600 & echo $! > agent.pid' });
    assert.equal(outcome?.$case, 'launched');
    const { sessionId } = outcome.value;
    const agent = await processIn(join(room.folder, 'agent.pid'));
    found = [foundSession({ nativeId: 'n1', process: agent })];
    assert.equal((await room.wait(sessionId)).outcome, SessionOutcome.SUCCESS);
    const { sessions } = await room.list();
    assert.deepEqual(
      sessions.map((one) => [one.sessionId, one.state, one.process?.pid, one.parentSessionId, one.leftProcesses]),
      [
        [sessionId, SessionState.ENDED, undefined, '', 1],
        ['agent:n1', SessionState.RUNNING, agent.pid, sessionId, 0],
      ],
    );
    assert.equal((await room.launch({ adapter: 'agent', prompt: 'true' })).outcome?.$case, 'held');
    process.kill(agent.pid, 'SIGKILL');
    found = [foundSession({ nativeId: 'n1', state: 'ended' })];
    await until('the directory to be free', async () => (await room.leases.list()).length === 0);
    assert.deepEqual((await room.list()).sessions, []);
  });

  test('of a session is its shim: killed, it ends nothing, and frees nothing', async (t) => {
    const room = await SessionRoom.open(t);
    const { sessionId, process: main } = await room.sh('sleep 600; exit 0');
    const { shim } = JSON.parse(readFileSync(join(room.folder, 'sessions', sessionId, 'record.json'), 'utf8'));
    process.kill(shim.pid, 'SIGKILL');
    await until('the end of the shim', () => !isRunning(shim.pid, shim.startTicks));
    assert.equal((await room.get(sessionId)).state, SessionState.RUNNING);
    assert.equal((await room.leases.list()).length, 1);
    await room.stop(sessionId);
    assert.equal((await room.wait(sessionId)).outcome, SessionOutcome.CANCELLED);
    assert.equal(isRunning(main?.pid ?? 0, Number(main?.startTicks)), false);
    await until('the directory to be free', async () => (await room.leases.list()).length === 0);
  });
});

describe('an adapter that finds nothing', () => {
  test('ends no session whose process lives', async (t) => {
    const room = await SessionRoom.open(t, { adapters: [fakeAdapter('agent')] });
    const { outcome } = await room.launch({ adapter: 'agent', prompt: 'sleep 600' });
    assert.equal(outcome?.$case, 'launched');
    for (let looks = 0; looks < 3; looks += 1) {
      const [session, ...others] = (await room.list()).sessions;
      assert.deepEqual(
        [session?.sessionId, session?.state, others],
        [outcome.value.sessionId, SessionState.RUNNING, []],
      );
    }
    assert.equal((await room.leases.list()).length, 1);
  });
});

describe('the id that a program gives its session', () => {
  test('never makes two sessions of one: not before it is known, not after, and not when it is over', async (t) => {
    let found: FoundSession[] = [];
    const room = await SessionRoom.open(t, { adapters: [fakeAdapter('agent', async () => found)] });
    const { outcome } = await room.launch({ adapter: 'agent', prompt: 'echo $$ > agent.pid; sleep 600' });
    assert.equal(outcome?.$case, 'launched');
    const { sessionId } = outcome.value;
    const ids = async (ended: boolean): Promise<unknown> =>
      (await room.list(ended)).sessions.map((one) => [one.sessionId, one.nativeId]);
    assert.deepEqual(await ids(true), [[sessionId, '']]);
    const agent = await processIn(join(room.folder, 'agent.pid'));
    found = [foundSession({ nativeId: 'n1', process: agent })];
    assert.deepEqual(await ids(true), [[sessionId, 'n1']]);
    await room.stop(sessionId);
    found = [foundSession({ nativeId: 'n1', state: 'ended' })];
    assert.deepEqual(await ids(true), [[sessionId, 'n1']]);
    assert.deepEqual(await ids(false), []);
    await room.close();
    const after = await SessionRoom.open(t, {
      before: room,
      adapters: [fakeAdapter('agent', async () => found)],
    });
    assert.deepEqual(
      (await after.list(true)).sessions.map((one) => [one.sessionId, one.nativeId]),
      [[sessionId, 'n1']],
    );
  });

  test('shows a session that goes on outside, though it was launched and has ended here', async (t) => {
    let found: FoundSession[] = [];
    const room = await SessionRoom.open(t, { adapters: [fakeAdapter('agent', async () => found)] });
    const { outcome } = await room.launch({
      adapter: 'agent',
      prompt: 'echo $$ > agent.pid; read go < ./go',
      onCreate: 'mkfifo go',
    });
    assert.equal(outcome?.$case, 'launched');
    found = [foundSession({ nativeId: 'n1', process: await processIn(join(room.folder, 'agent.pid')) })];
    await room.list();
    writeFileSync(join(room.folder, 'go'), 'go\n');
    await room.wait(outcome.value.sessionId);
    const outside = spawn('sleep', ['600'], { stdio: 'ignore' });
    t.after(() => outside.kill('SIGKILL'));
    await once(outside, 'spawn');
    const pid = outside.pid ?? 0;
    found = [foundSession({ nativeId: 'n1', process: { pid, startTicks: readStartTicks(pid) ?? 0 } })];
    assert.deepEqual(
      (await room.list()).sessions.map((one) => [one.sessionId, one.launched, one.process?.pid]),
      [['agent:n1', false, pid]],
    );
  });
});

describe('nothing accumulates', () => {
  test('400 found sessions that vanish leave nothing: not in the list, not for a watcher, not on the disk', async (t) => {
    const all = Array.from({ length: 400 }, (_, index) => foundSession({ nativeId: `n${index}` }));
    let found: readonly FoundSession[] = all;
    const room = await SessionRoom.open(t, { adapters: [processAdapter(), fakeAdapter('agent', async () => found)] });
    assert.equal((await room.list(true)).sessions.length, 400);
    const seen = room.watch(t);
    await until('all of them', () => seen.known.size === 400);
    found = [];
    assert.deepEqual((await room.list(true)).sessions, []);
    await until('all to be removed', () => seen.known.size === 0);
    const folder = join(room.folder, 'sessions');
    assert.deepEqual(existsSync(folder) ? readdirSync(folder) : [], []);
    assert.deepEqual(await room.leases.list(), []);
    assert.deepEqual([room.sessions.numbers()?.running, room.sessions.numbers()?.ended], [0, 0]);
  });

  test('nor do 40 sessions that were launched and pruned', async (t) => {
    const room = await SessionRoom.open(t);
    const ids = await Promise.all(Array.from({ length: 40 }, () => room.sh('true', { force: true })));
    await Promise.all(ids.map(({ sessionId }) => room.wait(sessionId)));
    assert.equal((await room.list(true)).sessions.length, 40);
    assert.deepEqual(await room.prune(), { pruned: 40, keptSessionIds: [] });
    assert.deepEqual((await room.list(true)).sessions, []);
    assert.deepEqual(readdirSync(join(room.folder, 'sessions')), []);
    await until('the leases to end', async () => (await room.leases.list()).length === 0);
  });
});

describe('adapters that fail', () => {
  test('one that throws, one that hangs, one of garbage: the others are listed all the same, and each failure is told', async (t) => {
    let aborted = false;
    const throws = fakeAdapter('throws', () => {
      throw new Error('no such folder');
    });
    const hangs = fakeAdapter('hangs', (_since, signal) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return new Promise(() => undefined);
    });
    const garbage = fakeAdapter('garbage', () => Promise.resolve(JSON.parse('[{"nativeId":7},null]')));
    const good = fakeAdapter('good', () => Promise.resolve([foundSession({ nativeId: 'n1' })]));
    const room = await SessionRoom.open(t, { adapters: [throws, hangs, garbage, good, processAdapter()] });
    const own = await room.sh('sleep 600');
    const launchedByHanging = await room.launch({ adapter: 'hangs', prompt: 'sleep 600', force: true });
    assert.equal(launchedByHanging.outcome?.$case, 'launched');
    const { sessions, adapters } = await room.list();
    assert.ok(aborted, 'the one that hangs is cut off, not only left alone');
    assert.deepEqual(
      new Map(sessions.map((one) => [one.sessionId, one.stale])),
      new Map([
        ['good:n1', false],
        [own.sessionId, false],
        [launchedByHanging.outcome.value.sessionId, true],
      ]),
    );
    assert.deepEqual(Object.fromEntries(adapters.map(({ adapter, ok, error }) => [adapter, ok ? 'ok' : error])), {
      good: 'ok',
      podman: 'ok',
      process: 'ok',
      hangs: 'no answer within 5 s',
      throws: 'no such folder',
      garbage: adapters.find(({ adapter }) => adapter === 'garbage')?.error,
    });
    const told = adapters.find(({ adapter }) => adapter === 'garbage');
    assert.equal(told?.ok, false);
    assert.notEqual(told?.error, '');
  });
});
