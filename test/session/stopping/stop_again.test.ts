import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { SessionOutcome, SessionState } from '@tenure/client/gen/tenure/session/v1/session';
import { isRunning, isStopped, readStartTicks } from '../../../src/os/process_facts.js';
import type { ProcessIdentity } from '../../../src/os/process_identity.js';
import { durationOfMs } from '../../../src/rpc/durations.js';
import { processesOf } from '../../../src/session/stopping/marked_processes.js';
import { endAll } from '../../../src/session/stopping/stopping.js';
import { until } from '../../e2e/until.js';
import { contextOf, isRefusal } from '../../lease/room.js';
import { fakeAdapter, foundSession } from '../fake_adapters.js';
import { SessionRoom } from '../session_room.js';

/** Says when it no longer minds TERM. */
const STUBBORN = 'trap "" TERM; echo > ready; while :; do sleep 0.05; done';

function stop(room: SessionRoom, sessionId: string, graceMs: number) {
  const request = { sessionId, grace: durationOfMs(graceMs), reason: 'enough' };
  return room.sessions.handlers.stopSession.run(request, contextOf(process.pid));
}

describe('a stop', () => {
  test('that the end of the daemon cut short goes on in the next run, and keeps its reason', async (t) => {
    const before = await SessionRoom.open(t);
    const { sessionId } = await before.sh(STUBBORN);
    await until('the trap', () => existsSync(join(before.folder, 'ready')));
    void stop(before, sessionId, 3_600_000);
    await until('the stop', async () => (await before.get(sessionId)).state === SessionState.STOPPING);
    await before.close();
    const after = await SessionRoom.open(t, {
      before,
      settings: { stopGraceMs: 100 },
    });
    const { outcome, stop: note } = await after.wait(sessionId);
    assert.deepEqual([outcome, note?.by, note?.reason], [SessionOutcome.CANCELLED, 'client', 'enough']);
  });

  test('with an hour of grace holds up neither the daemon that ends, nor who has no patience left', async (t) => {
    const room = await SessionRoom.open(t);
    const { sessionId } = await room.sh(STUBBORN);
    await until('the trap', () => existsSync(join(room.folder, 'ready')));
    const patient = stop(room, sessionId, 3_600_000);
    await until('the stop', async () => (await room.get(sessionId)).state === SessionState.STOPPING);
    await stop(room, sessionId, 0);
    await patient;
    assert.equal((await room.get(sessionId)).outcome, SessionOutcome.CANCELLED);

    const left = await room.sh(`(${STUBBORN}) & read go < go`, {
      force: true,
      onCreate: 'rm ready; mkfifo go',
      onComplete: 'true',
    });
    await until('the trap', () => existsSync(join(room.folder, 'ready')));
    void stop(room, left.sessionId, 3_600_000);
    await room.wait(left.sessionId);
    await room.close();
    assert.ok((await processesOf(left.sessionId, undefined)).length > 0, 'what had its grace has it still');
  });

  test('of a found session that lives, and tells no process, is refused and says why; of one that is over, it is nothing', async (t) => {
    const found = [foundSession({ nativeId: 'n1' }), foundSession({ nativeId: 'n2', state: 'ended' })];
    const room = await SessionRoom.open(t, { adapters: [fakeAdapter('agent', () => Promise.resolve(found))] });
    await assert.rejects(room.stop('agent:n1'), (error: Error) => {
      assert.match(error.message, /agent:n1 lives, but agent does not tell by which process; end it in its program/);
      return isRefusal('NOT_SUPPORTED')(error);
    });
    assert.equal((await room.stop('agent:n2')).endedProcesses, 0);
  });

  test('continues what is stopped, so that it hears of its end, and nothing else', async (t) => {
    const start = (): ProcessIdentity => {
      const child = spawn('sleep', ['60'], { stdio: 'ignore' });
      t.after(() => child.kill('SIGKILL'));
      const pid = child.pid ?? 0;
      return { pid, startTicks: readStartTicks(pid) ?? 0 };
    };
    const [runs, halted] = [start(), start()];
    process.kill(halted.pid, 'SIGSTOP');
    await until('the halt', () => isStopped(halted.pid));
    const sent: string[] = [];
    const watch = {
      isAlive: ({ pid, startTicks }: ProcessIdentity) => isRunning(pid, startTicks),
      signal: ({ pid }: ProcessIdentity, signal: NodeJS.Signals) => {
        sent.push(`${pid === runs.pid ? 'runs' : 'halted'} ${signal}`);
        return process.kill(pid, signal);
      },
    };
    const look = () => Promise.resolve([runs, halted]);
    await endAll(look, { killAtMs: () => Number.POSITIVE_INFINITY, monotonicMs: () => 0, watch });
    assert.deepEqual(sent, ['runs SIGTERM', 'halted SIGTERM', 'halted SIGCONT']);
  });

  test('asks whom it is told to ask, when that is, and once; the others end with those, or are killed', async () => {
    const [asked, waits, stays] = [1, 2, 3].map((n) => ({ pid: 2_000_000 + n, startTicks: n }));
    assert.ok(asked && waits && stays);
    const living = new Set([asked, waits, stays]);
    const sent: string[] = [];
    const watch = {
      isAlive: (one: ProcessIdentity) => living.has(one),
      signal: (one: ProcessIdentity, signal: NodeJS.Signals) => {
        sent.push(`${one.startTicks} ${signal}`);
        if (signal === 'SIGTERM') living.delete(waits);
        return living.delete(one);
      },
    };
    let looks = 0;
    const hearsTerm = (one: ProcessIdentity): boolean => one === asked && looks > 2;
    const count = await endAll(
      async () => {
        looks += 1;
        return [asked, waits, stays];
      },
      { killAtMs: () => 5, monotonicMs: () => looks, watch, hearsTerm },
    );
    assert.deepEqual(sent, ['1 SIGTERM', '3 SIGKILL']);
    assert.equal(count, 3);
  });

  test('leaves what a process starts to clean up with alone until that process is gone', async (t) => {
    const room = await SessionRoom.open(t);
    const save = "sh -c 'until [ -e go ]; do sleep 0.02; done; echo saved > saved'; exit 3";
    const { sessionId } = await room.sh(`trap "touch asked; ${save}" TERM; touch ready; while :; do sleep 0.02; done`);
    await until('the trap', () => existsSync(join(room.folder, 'ready')));
    const stopped = stop(room, sessionId, 3_600_000);
    await until('the clean-up', () => existsSync(join(room.folder, 'asked')));
    writeFileSync(join(room.folder, 'go'), '');
    await stopped;
    assert.equal(readFileSync(join(room.folder, 'saved'), 'utf8'), 'saved\n');
    const { outcome, exitCode } = await room.get(sessionId);
    assert.deepEqual([outcome, exitCode], [SessionOutcome.CANCELLED, 3]);
  });

  test('asks what comes to light later once those are gone that were asked before', async () => {
    const [first, later, last] = [1, 2, 3].map((n) => ({ pid: 2_000_000 + n, startTicks: n }));
    assert.ok(first && later && last);
    const living = new Set([first]);
    const sent: string[] = [];
    let looks = 0;
    const look = async (): Promise<readonly ProcessIdentity[]> => {
      looks += 1;
      if (looks === 2) living.add(later);
      if (looks === 4) living.delete(first);
      if (looks === 5) living.add(last).delete(later);
      return [...living];
    };
    const watch = {
      isAlive: () => true,
      signal: (one: ProcessIdentity, signal: NodeJS.Signals) => {
        sent.push(`look ${looks}: ${one.startTicks} ${signal}`);
        return one === last && living.delete(last);
      },
    };
    const count = await endAll(look, { killAtMs: () => 100, monotonicMs: () => looks, watch });
    assert.deepEqual(sent, ['look 1: 1 SIGTERM', 'look 4: 2 SIGTERM', 'look 5: 3 SIGTERM']);
    assert.equal(count, 3);
  });

  test('ends all that it may, though some of it is beyond it', async () => {
    const sudo = { pid: 2_000_001, startTicks: 1 };
    const own = { pid: 2_000_002, startTicks: 1 };
    const living = new Set([sudo, own]);
    const watch = {
      isAlive: (one: typeof own) => living.has(one),
      signal: (one: typeof own) => {
        if (one === sudo) throw Object.assign(new Error('not permitted'), { code: 'EPERM' });
        return living.delete(one);
      },
    };
    const count = await endAll(async () => [sudo, own], { killAtMs: () => 0, monotonicMs: () => 1, watch });
    assert.deepEqual([count, [...living]], [1, [sudo]]);
  });
});

test('an end of its own, before the time limit, is no time-out because the daemon came later than both', async (t) => {
  const before = await SessionRoom.open(t);
  const began = Date.now();
  const limits = { timeout: durationOfMs(4_000), stall: undefined, stopOnStall: false, outputBytes: 0n };
  const { sessionId, process: main } = await before.sh('read go < go; exit 5', { limits, onCreate: 'mkfifo go' });
  await before.close();
  writeFileSync(join(before.folder, 'go'), '\n');
  const record = join(before.folder, 'sessions', sessionId, 'record.json');
  await until('the end', () => existsSync(join(before.folder, 'sessions', sessionId, 'exit')));
  assert.ok(main !== undefined && JSON.parse(readFileSync(record, 'utf8')).end === undefined);
  await until('the time limit to be over', () => Date.now() > began + 4_000);
  const after = await SessionRoom.open(t, { before });
  assert.equal((await after.wait(sessionId)).outcome, SessionOutcome.WORK_FAILED);
});

test('what a hook is still at work for is not forgotten', async (t) => {
  const room = await SessionRoom.open(t);
  const { sessionId } = await room.sh('true', { onCreate: 'mkfifo go', onComplete: 'read go < go' });
  await room.wait(sessionId);
  assert.deepEqual(await room.prune(), { pruned: 0, keptSessionIds: [sessionId] });
  await room.sh('echo > go', { force: true });
  await until('the hook', async () => (await room.get(sessionId)).hooks.length === 2);
  assert.equal((await room.get(sessionId)).hooks[1]?.success, true);
  await until(
    'the end of both',
    async () => (await room.prune()).pruned > 0 && (await room.list(true)).sessions.length === 0,
  );
});

test('an on-create command runs in no directory that another session has', async (t) => {
  const room = await SessionRoom.open(t);
  await room.sh('sleep 600');
  const { outcome } = await room.launch({ command: ['true'], onCreate: 'touch ran' });
  assert.deepEqual([outcome?.$case, existsSync(join(room.folder, 'ran'))], ['held', false]);
});

test('a launch that the end of the daemon overtakes leaves nothing', async (t) => {
  const room = await SessionRoom.open(t);
  await room.close();
  await assert.rejects(room.launch({ command: ['sleep', '600'] }), isRefusal('SHUTTING_DOWN'));
  assert.deepEqual(readdirSync(join(room.folder, 'sessions')), []);
  assert.deepEqual(await room.leases.list(), []);
});
