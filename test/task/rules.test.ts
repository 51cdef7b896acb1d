import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Deferral, deferralAfter, starvesAt } from '../../src/task/deferral_rules.js';
import { afterRecord, counted, countedIn, unknownEnd } from '../../src/task/recording_rules.js';
import { runsToDrop } from '../../src/task/retention_rules.js';
import { hasEnded, isSuccess, RUN_STATUSES, type TaskRunRecord } from '../../src/task/run_record.js';
import { starvationWords } from '../../src/task/starvation_words_rules.js';
import { viewOf } from '../../src/task/task_view_rules.js';
import { holderOn, NO_TRIGGER, runOf } from './run_of.js';

const status = fc.constantFrom(...RUN_STATUSES);
const step = fc.record({ status, error: fc.constantFrom('', 'a', 'b') }).map((fields) => runOf(fields));

describe('recording', () => {
  test('what has ended stays as it is, whatever is told of it', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1 }), (steps) => {
        let known: TaskRunRecord | undefined;
        for (const told of steps) {
          const before = known;
          const after = afterRecord(before, told);
          if (before !== undefined && hasEnded(before)) assert.equal(after, undefined);
          else assert.equal(after?.status, told.status);
          known = after ?? before;
        }
      }),
    );
  });

  test('an end that the daemon guessed gives way to the true one, not to a life', () => {
    const guessed = unknownEnd(runOf({ status: 'running', startWallMs: 5_000 }), 7_000);
    assert.deepEqual(
      [guessed.status, guessed.reasonCode, guessed.endWallMs, guessed.guessed],
      ['failed', 'outcome-unknown', 7_000, true],
    );
    assert.equal(afterRecord(guessed, runOf({ status: 'running' })), undefined);
    const told = afterRecord(guessed, runOf({ status: 'completed' }));
    assert.deepEqual([told?.status, told?.guessed], ['completed', false]);
  });

  test('begin, begin of the work, parent and trigger are kept where a later record leaves them out', () => {
    const trigger = { ...NO_TRIGGER, kind: 'manual', triggerId: 't1' } as const;
    const about = { parentRunId: 'r0', trigger, orchestratorId: 'o', startWallMs: 100, workWallMs: 500 };
    const first = runOf({ ...about, status: 'running' });
    const { parentRunId, startWallMs, workWallMs, orchestratorId, ...rest } =
      afterRecord(first, runOf({ startWallMs: 900 })) ?? first;
    assert.deepEqual({ parentRunId, startWallMs, workWallMs, orchestratorId, trigger: rest.trigger }, about);
  });

  test('a skip is counted in one of the same cause, once each', () => {
    const cause = { status: 'skipped', reasonCode: 'lease-held', holder: holderOn('nightly') } as const;
    const first = runOf({ ...cause, runId: 'r1', startWallMs: 1_000 });
    const other = runOf({ ...cause, runId: 'r2', reasonCode: 'backpressure', blockingTask: 'backup' });
    const told = runOf({ ...cause, runId: 'r3', startWallMs: 9_000 });
    assert.equal(countedIn([first, other], told), first);
    const once = counted(first, told);
    assert.deepEqual([once?.count, once?.startWallMs, once?.endWallMs], [2, 1_000, 9_000]);
    assert.equal(once && counted(once, told), undefined);
    assert.equal(countedIn([first], { ...told, holder: holderOn('nightly', 'l2') }), undefined, 'another holder');
    assert.equal(countedIn([first], { ...told, uid: 7 }), undefined, "another user's");
    assert.equal(countedIn([first], { ...told, status: 'failed' }), undefined);
    const manual = { ...told, trigger: { ...NO_TRIGGER, kind: 'manual' as const } };
    assert.equal(countedIn([first], manual), undefined, 'who asked for it is told of that run');
  });
});

describe('deferral', () => {
  const after = (...runs: TaskRunRecord[]) =>
    runs.reduce<Deferral | undefined>((before, run) => deferralAfter(before, run), undefined);
  const skipped = (startWallMs: number, reasonCode = 'lease-held') =>
    runOf({ status: 'skipped', reasonCode, startWallMs });

  test('begins with the first skip or wait, and ends when it runs', () => {
    assert.equal(after(skipped(100), skipped(200))?.sinceWallMs, 100);
    assert.equal(after(runOf({ status: 'waiting', reasonCode: 'lease-held', startWallMs: 50 }))?.sinceWallMs, 50);
    for (const ran of ['running', 'completed', 'failed', 'degraded'] as const) {
      assert.equal(after(skipped(100), runOf({ status: ran })), undefined, ran);
    }
  });

  test('is none of what keeps nobody from running, and outlasts what is no run', () => {
    assert.equal(after(skipped(100, 'overlap'), skipped(100, 'shutdown')), undefined);
    for (const reasonCode of ['retry', 'overlap']) {
      assert.equal(after(runOf({ status: 'waiting', reasonCode })), undefined, 'it waits for itself');
    }
    const unasked = runOf({ status: 'failed', reasonCode: 'lease-acquire-error' });
    assert.equal(after(skipped(100), unasked)?.sinceWallMs, 100);
  });

  test('is none of a run that was asked for, once that is over; what a schedule was kept from goes on', () => {
    const asked = { ...runOf({ runId: 'r9' }), startWallMs: 500, reasonCode: 'lease-held' };
    const manual = { ...asked, trigger: { ...NO_TRIGGER, kind: 'manual' as const } };
    const once = { ...asked, trigger: { ...NO_TRIGGER, kind: 'command' as const }, orchestratorId: 'nightly' };
    for (const run of [manual, once]) {
      const waiting = { ...run, status: 'waiting' as const };
      const refused = { ...run, status: 'skipped' as const };
      assert.equal(after(refused), undefined);
      assert.equal(after(waiting)?.sinceWallMs, 500);
      assert.equal(after(waiting, refused), undefined);
      assert.equal(after(skipped(100), refused)?.sinceWallMs, 100);
      assert.equal(after(skipped(100), waiting, refused)?.sinceWallMs, 100);
    }
    const script = { ...once, status: 'skipped' as const, orchestratorId: '' };
    assert.equal(after(script)?.sinceWallMs, 500, 'cron starts it again');
  });

  test('becomes starvation at its limit, with nought never', () => {
    const deferral = { sinceWallMs: 100, run: skipped(100) };
    assert.equal(starvesAt(deferral, 3_600_000), 3_600_100);
    assert.equal(starvesAt(deferral, 0), undefined);
  });

  test('is told with task, holder and what to do; that of a skip may be gone by then', () => {
    const run = { ...skipped(0), holder: { ...holderOn('nightly'), reason: 'a release is due' } };
    const waiting = { ...run, status: 'waiting' as const };
    assert.deepEqual(starvationWords(new Map([['kb-sync', { sinceWallMs: 0, run }]])), {
      message:
        'kept from running for too long: kb-sync since 1970-01-01T00:00:00Z (nightly was held by pid 812 sync.sh: "a release is due")',
      remedy:
        'ask the holder, if there still is one, to give it back: tenure lease yield nightly; or see tenure task show kb-sync',
    });
    assert.deepEqual(starvationWords(new Map([['kb-sync', { sinceWallMs: 0, run: waiting }]])), {
      message:
        'kept from running for too long: kb-sync since 1970-01-01T00:00:00Z (nightly held by pid 812 sync.sh: "a release is due")',
      remedy: 'ask the holder to give it back: tenure lease yield nightly; or see tenure task show kb-sync',
    });
    const blocked = { ...skipped(0, 'dependency'), blockingTask: 'backup' };
    const many = Array.from({ length: 7 }, (_, index) => [`t${index}`, { sinceWallMs: index, run: blocked }] as const);
    const { message, remedy } = starvationWords(new Map(many));
    assert.match(message, /t0 since .*\(dependency: backup\); .*; and 2 more$/);
    assert.equal(remedy, 'see what is in the way: tenure task show t0');
  });
});

describe('retention', () => {
  const run = fc.record({
    task: fc.constantFrom('a', 'b', 'c'),
    status,
    endWallMs: fc.integer({ min: 0, max: 10_000 }),
    bytes: fc.integer({ min: 1, max: 100 }),
  });
  const limits = fc.record({
    perTask: fc.integer({ min: 1, max: 5 }),
    total: fc.integer({ min: 1, max: 12 }),
    bytes: fc.integer({ min: 1, max: 900 }),
    maxAgeMs: fc.constantFrom(2_000, 20_000),
  });

  test('keeps to every bound, drops nothing that has not ended, and the oldest first', () => {
    fc.assert(
      fc.property(fc.array(run, { maxLength: 40 }), limits, (drafts, bounds) => {
        const runs = drafts.map(({ bytes, ...fields }, index) => ({
          run: runOf({ ...fields, runId: `r${index}`, startWallMs: 0 }),
          bytes,
        }));
        const open = runs.filter((one) => !hasEnded(one.run));
        const dropped = runsToDrop(runs, bounds, 10_000);
        const left = runs.filter((one) => !dropped.has(one.run.runId));
        assert.ok(open.every((one) => !dropped.has(one.run.runId)));
        const ended = left.filter((one) => hasEnded(one.run));
        assert.ok(ended.length === 0 || left.length <= bounds.total, 'total');
        const bytes = left.reduce((sum, one) => sum + one.bytes, 0);
        assert.ok(ended.length === 0 || bytes <= bounds.bytes, 'bytes');
        assert.ok(
          ended.every((one) => (one.run.endWallMs ?? 0) >= 10_000 - bounds.maxAgeMs),
          'age',
        );
        for (const task of ['a', 'b', 'c']) {
          const ofTask = ended.filter((one) => one.run.task === task);
          // The newest success and the newest failure may be two more.
          assert.ok(ofTask.length <= bounds.perTask + 2, 'per task');
        }
      }),
    );
  });

  test('keeps of each task the newest success and the newest failure longest', () => {
    const good = { run: runOf({ runId: 'good' }), bytes: 1 };
    const bad = { run: runOf({ runId: 'bad', status: 'failed' }), bytes: 1 };
    const skips = Array.from({ length: 9 }, (_, index) => ({
      run: runOf({ runId: `s${index}`, status: 'skipped' }),
      bytes: 1,
    }));
    const dropped = runsToDrop([good, bad, ...skips], { perTask: 3, total: 99, bytes: 99, maxAgeMs: 99_999 }, 1_000);
    assert.deepEqual(
      [...dropped].toSorted(),
      skips.slice(0, 8).map((one) => one.run.runId),
    );
  });
});

test('a view tells the last end, success and failure apart, and promises no run of an orchestrator that is away, or of a service that runs', () => {
  const definition = {
    name: 'kb-sync',
    kind: 'heavy',
    schedule: 'every 10m',
    resources: ['nightly'],
    priority: 0,
    enabled: true,
    starveAfterMs: undefined,
    nextRunWallMs: 99_000,
    description: '',
  } as const;
  const runs = [
    runOf({ runId: 'r1', startWallMs: 10 }),
    runOf({ runId: 'r2', startWallMs: 20, status: 'failed' }),
    runOf({ runId: 'r4', startWallMs: 40, status: 'running' }),
    runOf({ runId: 'r3', startWallMs: 30, status: 'skipped' }),
  ];
  const facts = { name: 'kb-sync', definitions: [definition], runs, deferral: undefined, starved: false };
  const away = viewOf({ ...facts, orchestrators: [] });
  assert.deepEqual(
    [away.lastRun?.runId, away.lastSuccessWallMs, away.lastFailureWallMs, away.nextRunWallMs],
    ['r3', 10, 20, undefined],
  );
  assert.deepEqual(
    away.running.map(({ runId }) => runId),
    ['r4'],
  );
  const there = { orchestratorId: 'o', process: undefined, description: '', connectWallMs: 0 };
  assert.equal(viewOf({ ...facts, orchestrators: [there] }).nextRunWallMs, 99_000);
  const service = { ...facts, definitions: [{ ...definition, kind: 'service' as const }], orchestrators: [there] };
  assert.equal(viewOf(service).nextRunWallMs, undefined, 'it runs');
  assert.equal(viewOf({ ...service, runs: runs.filter(({ status }) => status !== 'running') }).nextRunWallMs, 99_000);
  assert.ok(runs.filter(isSuccess).length === 1);
});
