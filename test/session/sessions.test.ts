import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { SessionOutcome, SessionState } from '@tenure/client/gen/tenure/session/v1/session';
import { ResumeSessionRequest, SessionFilter } from '@tenure/client/gen/tenure/session/v1/session_service';
import { processesOf } from '../../src/session/stopping/marked_processes.js';
import { until } from '../e2e/until.js';
import { contextOf, isRefusal } from '../lease/room.js';
import { refused } from './refused.js';
import { SessionRoom } from './session_room.js';

describe('a launched session', () => {
  test('runs under a lease on its directory, which is free once nothing of it lives', async (t) => {
    const room = await SessionRoom.open(t);
    const session = await room.sh('sleep 600');
    assert.deepEqual([session.state, session.launched], [SessionState.RUNNING, true]);
    const [lease] = await room.leases.list();
    assert.deepEqual([lease?.resource, lease?.clientId], [`dir${room.folder}`, session.sessionId]);
    const { outcome } = await room.launch({ command: ['true'] });
    assert.equal(outcome?.$case, 'held');
    assert.equal(outcome?.$case === 'held' && outcome.value.resource, `dir${room.folder}`);
    await room.stop(session.sessionId);
    assert.equal((await room.wait(session.sessionId)).outcome, SessionOutcome.CANCELLED);
  });

  test('has its true end: codes by the table, signals apart from codes that look like them', async (t) => {
    const room = await SessionRoom.open(t);
    const ends: Record<string, readonly unknown[]> = {};
    for (const script of ['exit 0', 'exit 1', 'exit 3', 'exit 143', 'kill -TERM $$', 'no-such-command-at-all']) {
      const { sessionId } = await room.sh(script, { force: true });
      const { outcome, exitCode, signal } = await room.wait(sessionId);
      ends[script] = [outcome, exitCode, signal];
    }
    assert.deepEqual(ends, {
      'exit 0': [SessionOutcome.SUCCESS, 0, 0],
      'exit 1': [SessionOutcome.FAILURE, 1, 0],
      'exit 3': [SessionOutcome.BLOCKED, 3, 0],
      'exit 143': [SessionOutcome.FAILURE, 143, 0],
      'kill -TERM $$': [SessionOutcome.SIGNAL, undefined, 15],
      'no-such-command-at-all': [SessionOutcome.NOT_FOUND, 127, 0],
    });
  });

  test('is stopped with tool shells in sessions of their own, and nothing else', async (t) => {
    const room = await SessionRoom.open(t);
    const other = await room.sh('sleep 600', { force: true });
    const session = await room.sh('setsid sleep 601 & trap "" TERM; sleep 602; sleep 603', { force: true });
    await until('all three', async () => (await processesOf(session.sessionId, undefined)).length === 3);
    const { endedProcesses } = await room.stop(session.sessionId, 'enough');
    assert.ok(endedProcesses >= 3, `${endedProcesses}`);
    const { outcome, stop } = await room.get(session.sessionId);
    assert.deepEqual([outcome, stop?.by, stop?.reason], [SessionOutcome.CANCELLED, 'client', 'enough']);
    assert.equal((await room.get(other.sessionId)).state, SessionState.RUNNING);
  });

  test('goes on without its daemon: the next one knows it by the same id, and the end that came meanwhile', async (t) => {
    const before = await SessionRoom.open(t);
    const lives = await before.sh('sleep 600', { force: true });
    const ends = await before.sh('read go < ./go; exit 5', { force: true, onCreate: 'mkfifo ./go' });
    await before.close();
    spawnSync('sh', ['-c', `echo go > ${join(before.folder, 'go')}`]);
    const after = await SessionRoom.open(t, { before });
    assert.equal((await after.wait(ends.sessionId)).outcome, SessionOutcome.WORK_FAILED);
    assert.equal((await after.get(lives.sessionId)).state, SessionState.RUNNING);
  });

  test('of which shim and program were killed has an end that nobody guesses', async (t) => {
    const room = await SessionRoom.open(t);
    const { sessionId, process: main } = await room.sh('sleep 600');
    const { shim } = JSON.parse(readFileSync(join(room.folder, 'sessions', sessionId, 'record.json'), 'utf8'));
    process.kill(shim.pid, 'SIGKILL');
    process.kill(main?.pid ?? 0, 'SIGKILL');
    assert.equal((await room.wait(sessionId)).outcome, SessionOutcome.EXIT_UNKNOWN);
  });

  test('beyond its time limit is ended, and a silent one is shown as stalled, or stopped', async (t) => {
    const room = await SessionRoom.open(t);
    const limits = { timeout: { seconds: 0n, nanos: 3e8 }, stall: undefined, stopOnStall: false, outputBytes: 0n };
    const late = await room.sh('sleep 600', { force: true, limits });
    assert.equal((await room.wait(late.sessionId)).outcome, SessionOutcome.TIMED_OUT);
    const stall = { timeout: undefined, stall: { seconds: 0n, nanos: 2e8 }, stopOnStall: true, outputBytes: 0n };
    const silent = await room.sh('echo begin; sleep 600', { force: true, limits: stall });
    assert.equal((await room.wait(silent.sessionId)).outcome, SessionOutcome.STALLED);
    assert.ok(room.events.some(({ action }) => action === 'session.stalled'));
  });

  test('of an adapter that is not there can be neither listed nor watched, unless one is left', async (t) => {
    const room = await SessionRoom.open(t);
    const filterBy = (adapter: string) => ({ ...SessionFilter.decode(new Uint8Array()), adapters: [adapter] });
    const list = async ({ sessions }: SessionRoom, adapter: string) =>
      sessions.handlers.listSessions.run({ filter: filterBy(adapter), ended: true }, contextOf(process.pid));
    const unknown = refused('ADAPTER_UNAVAILABLE', /^there is no adapter proces; did you mean process\? there are: /);
    await assert.rejects(list(room, 'proces'), unknown);
    const nothing = () => assert.fail('it was let in');
    const out = { write: nothing, drained: nothing, buffered: 0, closed: new AbortController().signal };
    const watch = async () =>
      room.sessions.handlers.watchSessions.run(
        { filter: filterBy('proces'), afterRevision: undefined },
        contextOf(process.pid),
        out,
      );
    await assert.rejects(watch, unknown);

    const { sessionId } = await room.wait((await room.sh('true')).sessionId);
    await room.close();
    const next = await SessionRoom.open(t, { before: room, adapters: [] });
    const { sessions } = await list(next, 'process');
    assert.deepEqual(
      sessions.map((session) => session.sessionId),
      [sessionId],
    );
    assert.deepEqual((await list(next, 'podman')).sessions, []);
  });

  test('that can not be launched leaves nothing: no process, no lease, no folder', async (t) => {
    const room = await SessionRoom.open(t);
    await assert.rejects(room.launch({ command: ['true'], directory: '/nowhere' }), isRefusal('INVALID_FIELD'));
    await assert.rejects(
      room.launch({ command: ['true'], directory: '/nowhere' }),
      /directory \/nowhere is not there$/,
    );
    await assert.rejects(room.launch({ command: ['true'], onCreate: 'exit 3' }), isRefusal('LAUNCH_FAILED'));
    await assert.rejects(room.launch({ adapter: 'nobody' }), isRefusal('ADAPTER_UNAVAILABLE'));
    const folder = join(room.folder, 'sessions');
    assert.deepEqual(existsSync(folder) ? readdirSync(folder) : [], []);
    assert.deepEqual(await room.leases.list(), []);
  });

  test('asked for twice by one request id is launched once', async (t) => {
    const room = await SessionRoom.open(t);
    const wish = { command: ['sleep', '600'], requestId: 'once' };
    const [first, second] = await Promise.all([room.launch(wish), room.launch(wish)]);
    const third = await room.launch(wish);
    const ids = [first, second, third].map(({ outcome }) =>
      outcome?.$case === 'launched' ? outcome.value.sessionId : undefined,
    );
    assert.equal(new Set(ids).size, 1);
    assert.equal((await room.list()).sessions.length, 1);
  });

  test('is none of a request that asks for something else by the same id', async (t) => {
    const before = await SessionRoom.open(t);
    const labels = [['job', 'nightly'] as const, ['host', 'a'] as const];
    const wish = { command: ['sleep', '600'], requestId: 'once', labels: new Map(labels) };
    const others = [{ command: ['sleep', '601'] }, { group: 'nightly' }, { directory: '/' }, { labels: new Map() }];
    const first = before.launch(wish);
    for (const other of others) {
      await assert.rejects(before.launch({ ...wish, ...other }), isRefusal('REQUEST_ID_REUSED'));
    }
    const { outcome } = await first;
    assert.equal(outcome?.$case, 'launched');
    await before.close();
    const room = await SessionRoom.open(t, { before });
    for (const other of others) {
      await assert.rejects(room.launch({ ...wish, ...other }), isRefusal('REQUEST_ID_REUSED'));
    }
    const resumption = { ...ResumeSessionRequest.decode(new Uint8Array()), sessionId: 'any', requestId: 'once' };
    await assert.rejects(
      async () => room.sessions.handlers.resumeSession.run(resumption, contextOf(process.pid)),
      isRefusal('REQUEST_ID_REUSED'),
    );
    // A retry may come from elsewhere, and its client may write maps down in another order.
    const elsewhere = { environment: new Map([['A', 'b']]), labels: new Map(labels.toReversed()) };
    assert.deepEqual((await room.launch({ ...wish, ...elsewhere })).outcome?.$case, 'launched');
    assert.equal((await room.list()).sessions.length, 1);
  });

  test('hands its children the token of its lease, and a sub-session may work in its directory', async (t) => {
    const room = await SessionRoom.open(t);
    const parent = await room.sh('echo "$TENURE_LEASES"; sleep 600');
    const file = join(room.folder, 'sessions', parent.sessionId);
    const token = await until('the token', () => {
      const name = readdirSync(file).find((entry) => entry.startsWith('out.'));
      const text = name === undefined ? '' : readFileSync(join(file, name), 'utf8');
      return text.endsWith('\n') ? text.trim() : undefined;
    });
    const { outcome } = await room.launch({ command: ['sleep', '600'], inheritTokens: token.split(',') });
    assert.equal(outcome?.$case, 'launched');
  });
});
