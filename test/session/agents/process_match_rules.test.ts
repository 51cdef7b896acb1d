import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Candidate, matchRunners, type Runner } from '../../../src/session/agents/process_match_rules.js';
import { RunnerMemory } from '../../../src/session/agents/runner_memory.js';

const at = (pid: number, startWallMs: number, directory = '/x'): Runner => ({
  pid,
  startTicks: pid * 10,
  directory,
  startWallMs,
});

const of = (id: string, createdWallMs: number, activityWallMs: number, directory = '/x'): Candidate => ({
  id,
  directory,
  createdWallMs,
  activityWallMs,
});

/** `session pid`, in order. */
function matched(runners: readonly Runner[], candidates: readonly Candidate[]): readonly string[] {
  return named(matchRunners(runners, candidates));
}

function named(matches: ReadonlyMap<string, Runner | 'unclear'>): readonly string[] {
  return [...matches].map(([id, runner]) => `${id} ${runner === 'unclear' ? runner : runner.pid}`).sort();
}

test('a process is in the session that it made', () => {
  assert.deepEqual(matched([at(1, 1000)], [of('a', 1500, 1600)]), ['a 1']);
  assert.deepEqual(matched([at(1, 1000)], [of('a', 500, 900), of('b', 1500, 1600, '/y')]), []);
});

test('one that goes from session to session is in the last one', () => {
  assert.deepEqual(matched([at(1, 1000)], [of('a', 1500, 1600), of('b', 1700, 2000), of('c', 1800, 1900)]), ['b 1']);
});

test('of two processes each is in its own session, though the older is the more active', () => {
  const [old, young] = [at(1, 1000), at(2, 3000)];
  assert.deepEqual(matched([old, young], [of('a', 1500, 9000), of('b', 3200, 3300)]), ['a 1', 'b 2']);
  // The older one has begun a session after the younger.
  const candidates = [of('a', 1500, 2000), of('b', 3200, 3300), of('c', 4000, 5000)];
  assert.deepEqual(matched([old, young], candidates), ['b 2', 'c 1']);
});

test('a session that was taken up again is its new process’s; where it may be one of two, neither’s', () => {
  assert.deepEqual(matched([at(1, 3000)], [of('a', 1000, 3500), of('b', 1000, 2000)]), ['a 1']);
  assert.deepEqual(matched([at(1, 3000), at(2, 3100)], [of('a', 1000, 3500)]), ['a unclear']);
  assert.deepEqual(matched([at(1, 3000), at(2, 3600)], [of('a', 1000, 3500)]), ['a 1']);
});

test('nothing older than a process, or of another directory, is ever that one’s; none has two', () => {
  const time = fc.integer({ min: 0, max: 10_000 });
  const directory = fc.constantFrom('/x', '/y');
  const runners = fc
    .array(fc.tuple(time, directory), { maxLength: 5 })
    .map((all) => all.map(([start, where], index) => at(index + 1, start, where)));
  const candidates = fc
    .array(fc.tuple(time, time, directory), { maxLength: 8 })
    .map((all) => all.map(([a, b, where], index) => of(`s${index}`, Math.min(a, b), Math.max(a, b), where)));
  fc.assert(
    fc.property(runners, candidates, (some, sessions) => {
      const matches = matchRunners(some, sessions);
      const used = [...matches.values()].filter((one) => one !== 'unclear');
      assert.equal(new Set(used).size, used.length);
      for (const [id, runner] of matches) {
        const session = sessions.find((one) => one.id === id);
        assert.ok(session);
        const possible = some.filter(
          (one) => one.directory === session.directory && session.activityWallMs >= one.startWallMs - 30,
        );
        assert.ok(runner === 'unclear' ? possible.length > 1 : possible.includes(runner));
      }
    }),
  );
});

test('what a process leaves behind passes to nobody, until it is written to again', () => {
  const memory = new RunnerMemory();
  const [old, young] = [at(1, 1000), at(2, 3000)];
  const a = of('a', 3100, 4000);
  assert.deepEqual(named(memory.match([old, young], [a], 5000)), ['a 2']);
  assert.deepEqual(named(memory.match([old], [a], 6000)), []);
  // Written between the last look and the end.
  assert.deepEqual(named(memory.match([old], [{ ...a, activityWallMs: 5500 }], 7000)), []);
  assert.deepEqual(named(memory.match([old], [{ ...a, activityWallMs: 7500 }], 8000)), ['a 1']);
  assert.deepEqual(named(memory.match([old], [{ ...a, activityWallMs: 7500 }], 9000)), ['a 1']);
});
