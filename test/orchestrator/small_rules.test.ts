import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { afterHook, endOfExit, isWorthRetrying } from '../../src/orchestrator/runs/end_rules.js';
import { retryDelay } from '../../src/orchestrator/runs/retry_rules.js';
import { failed, skipped } from '../../src/orchestrator/runs/run_end.js';
import { afterVerdict, findCycle, type LastEnd } from '../../src/orchestrator/schedule/dependency_rules.js';
import { overlapVerdict } from '../../src/orchestrator/schedule/overlap_rules.js';
import { restartCooldown, shortLives } from '../../src/orchestrator/services/restart_rules.js';

describe('retries', () => {
  test('there are as many as allowed, each pause twice the one before, up to the longest', () => {
    const policy = fc.record({
      max: fc.nat(20),
      delayMs: fc.integer({ min: 1, max: 60_000 }),
      maxDelayMs: fc.integer({ min: 1, max: 600_000 }),
    });
    fc.assert(
      fc.property(policy, (retries) => {
        const delays = Array.from({ length: 25 }, (_, attempt) => retryDelay(retries, attempt + 1));
        assert.equal(delays.filter((delay) => delay !== undefined).length, retries.max);
        for (const [at, delay] of delays.slice(0, retries.max).entries()) {
          assert.equal(delay, Math.min(retries.maxDelayMs, retries.delayMs * 2 ** at));
        }
      }),
    );
  });

  test('a deferral, a stop and a yielding are not tried again; a failure is', () => {
    assert.equal(isWorthRetrying(skipped('lease-held', 'lease')), false);
    assert.equal(isWorthRetrying(failed('shutdown', 'shutdown', '')), false);
    assert.equal(isWorthRetrying(failed('yielded', 'child-process', '')), false);
    assert.equal(isWorthRetrying(failed('exit-code', 'child-process', '')), true);
    assert.equal(isWorthRetrying(failed('lease-acquire-error', 'lease', '')), true);
  });
});

describe('restarts of a service', () => {
  const policy = { cooldownMs: 1_000, maxCooldownMs: 60_000, stableMs: 30_000 };

  test('the pause grows with each short life, and is short again after a long one', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60_000), { minLength: 1, maxLength: 30 }), (lifetimes) => {
        let lives = 0;
        let series = 0;
        for (const life of lifetimes) {
          lives = shortLives(policy, lives, life);
          series = life >= policy.stableMs ? 1 : series + 1;
          assert.equal(restartCooldown(policy, lives), Math.min(60_000, 1_000 * 2 ** (series - 1)));
        }
      }),
    );
  });
});

describe('dependencies', () => {
  test('a circle is found wherever it is, and named; without one, none is', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 12 }),
        fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 30 }),
        (size, edges) => {
          const needs = new Map<string, string[]>(Array.from({ length: size }, (_, at) => [`t${at}`, []]));
          // Towards smaller numbers alone: no circle is possible.
          for (const [from, to] of edges) if (from > to) needs.get(`t${from}`)?.push(`t${to}`);
          assert.equal(findCycle(needs), undefined);
          needs.get('t0')?.push(`t${size - 1}`);
          needs.get(`t${size - 1}`)?.push('t0');
          const cycle = findCycle(needs) ?? [];
          assert.ok(cycle.length >= 3);
          assert.equal(cycle[0], cycle.at(-1));
          for (const [at, name] of cycle.slice(1).entries()) assert.ok(needs.get(cycle[at] ?? '')?.includes(name));
        },
      ),
    );
    assert.deepEqual(findCycle(new Map([['a', ['a']]])), ['a', 'a']);
  });

  test('a task runs once all that it follows have run well since it last began', () => {
    const ends = (entries: Record<string, LastEnd>) => new Map(Object.entries(entries));
    const done = (endedAt: number): LastEnd => ({ isDone: true, endedAt });
    const both = ['a', 'b'];
    assert.deepEqual(afterVerdict(both, 'a', ends({ a: done(5) }), undefined), { kind: 'wait' });
    assert.deepEqual(afterVerdict(both, 'b', ends({ a: done(5), b: done(7) }), undefined), { kind: 'run' });
    assert.deepEqual(afterVerdict(both, 'b', ends({ a: done(5), b: done(9) }), 8), { kind: 'wait' });
    const failedA = ends({ a: { isDone: false, endedAt: 5 }, b: done(4) });
    assert.deepEqual(afterVerdict(both, 'a', failedA, undefined), { kind: 'blocked', by: 'a' });
  });
});

test('at most one run is queued, and only where the task says so', () => {
  fc.assert(
    fc.property(fc.constantFrom('skip', 'queue', 'allow'), fc.nat(5), fc.nat(1), (policy, underWay, queued) => {
      const verdict = overlapVerdict(policy, underWay, queued);
      if (underWay + queued === 0 || policy === 'allow') assert.equal(verdict, 'run');
      else if (policy === 'skip' || queued > 0) assert.equal(verdict, 'skip');
      else assert.equal(verdict, 'queue');
    }),
  );
});

describe('ends', () => {
  const exit = (code: number | null, signal: NodeJS.Signals | null = null) => ({ code, signal });

  test('only 0 is a success, and 75 is a deferral, never an error', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), (code) => {
        const { status, reasonCode, exitCode } = endOfExit(exit(code), undefined, undefined);
        assert.equal(exitCode, code);
        if (code === 0) assert.equal(status, 'completed');
        else if (code === 75) assert.deepEqual([status, reasonCode], ['skipped', 'lease-held']);
        else assert.deepEqual([status, reasonCode], ['failed', 'exit-code']);
      }),
    );
  });

  test('why the orchestrator ended it comes before how it took that', () => {
    const timeout = endOfExit(exit(0), 'timeout', undefined);
    assert.deepEqual([timeout.status, timeout.reasonCode, timeout.phase], ['failed', 'timeout', 'watchdog-timeout']);
    assert.equal(endOfExit(exit(null, 'SIGTERM'), 'shutdown', undefined).reasonCode, 'shutdown');
    assert.equal(endOfExit(exit(null, 'SIGSEGV'), undefined, undefined).reasonCode, 'signal');
  });

  test('who was asked to give way and ended has yielded; who was through all the same has completed', () => {
    const failure = endOfExit(exit(1), undefined, 'pid 7 asks');
    assert.deepEqual([failure.status, failure.reasonCode], ['failed', 'yielded']);
    const deferral = endOfExit(exit(75), undefined, 'pid 7 asks');
    assert.deepEqual([deferral.status, deferral.reasonCode, deferral.error], ['skipped', 'yielded', 'pid 7 asks']);
    assert.equal(endOfExit(exit(0), undefined, 'pid 7 asks').status, 'completed');
  });

  test('a hook that fails degrades a success, and says so', () => {
    const done = endOfExit(exit(0), undefined, undefined);
    const degraded = afterHook(done, failed('exit-code', 'child-process', 'exit code 3'));
    assert.deepEqual(
      [degraded.status, degraded.reasonCode, degraded.phase],
      ['degraded', 'hook-failed', 'success-hook'],
    );
    assert.equal(afterHook(done, done).status, 'completed');
  });
});
