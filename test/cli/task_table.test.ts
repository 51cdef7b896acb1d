import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { Orchestrator, Task, TaskDefinition, TaskHolder, TaskRun, TaskRunStatus } from '@tenure/client';
import { describeOneRun } from '../../src/cli/task/task_details.js';
import { describeRuns, describeTasks } from '../../src/cli/task/task_table.js';

const NOTHING = new Uint8Array();

function taskOf(name: string, enabled: boolean): Task {
  const definition = { ...TaskDefinition.decode(NOTHING), name, schedule: 'every 1s', enabled };
  const orchestrators = [{ ...Orchestrator.decode(NOTHING), orchestratorId: 'nightly' }];
  return { ...Task.decode(NOTHING), name, definition, orchestrators };
}

test('what a run took is its work: its wait is told apart', () => {
  const at = (seconds: number) => ({ seconds: BigInt(seconds), nanos: 0 });
  const worked = { startTime: at(0), workTime: at(100), endTime: at(105) };
  const run = { ...TaskRun.decode(NOTHING), runId: 'r1', task: 'a', status: TaskRunStatus.COMPLETED, ...worked };
  assert.match(describeRuns([run], 200_000), /3m 20s ago +5s +completed/);
  assert.match(describeTasks([{ ...taskOf('a', true), lastRun: run, lastSuccessTime: at(105) }], 200_000), /in 5s/);
  const details = stripVTControlCharacters(describeOneRun(run, [], 200_000));
  assert.match(details, /^waited +1m 40s$/m);
  assert.match(details, /^took +5s$/m);
  const waiting = { ...run, status: TaskRunStatus.WAITING, workTime: undefined, endTime: undefined };
  assert.match(describeRuns([waiting], 60_000), /1m ago +waiting/, 'its wait is none of it');
  assert.doesNotMatch(describeOneRun(waiting, [], 60_000), /took/);
  assert.match(describeTasks([{ ...taskOf('a', true), running: [waiting] }], 60_000), /waiting 1m /);
  const retrying = { ...waiting, workTime: at(50) };
  assert.match(describeRuns([retrying], 60_000), /1m ago +10s +waiting/, 'it waits for its next attempt');
});

test('who was in the way of a skipped run is told as what was; of one that waits, as what is', () => {
  const at = (seconds: number) => ({ seconds: BigInt(seconds), nanos: 0 });
  const holder = { ...TaskHolder.decode(NOTHING), resource: 'nightly', pid: 7, description: 'sync.sh' };
  const run = { ...TaskRun.decode(NOTHING), runId: 'r1', task: 'a', reasonCode: 'lease-held', holder, count: 1 };
  const skipped = { ...run, status: TaskRunStatus.SKIPPED, startTime: at(100), endTime: at(100) };
  const task = { ...taskOf('a', true), deferredSince: at(100) };
  assert.match(describeTasks([{ ...task, lastRun: skipped }], 104_000), /nightly held by pid 7 sync\.sh, 4s ago$/m);
  const again = { ...skipped, endTime: at(160), count: 2 };
  assert.match(describeTasks([{ ...task, lastRun: again }], 164_000), /sync\.sh, 4s ago; deferred for 1m 4s$/m);
  const waiting = { ...run, status: TaskRunStatus.WAITING, startTime: at(100) };
  assert.match(describeTasks([{ ...task, running: [waiting] }], 104_000), /sync\.sh, for 4s$/m);
});

test('a task that is off has no next run, whatever its schedule', () => {
  const shown = stripVTControlCharacters(describeTasks([taskOf('on', true), taskOf('off', false)], 0));
  assert.match(shown, /^on .*every 1s/m);
  assert.match(shown, /^off .*disabled/m);
  assert.doesNotMatch(shown, /^off .*every/m);
});
