import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TaskRunStatus } from '@tenure/client';
import { runsOf, witness } from './orchestrations.js';
import type { Running } from './running.js';
import { World } from './world.js';

const PROGRAM = join(import.meta.dirname, 'orchestrator_program.ts');
const TASKS = ['summary', 'kb-sync', 'backup', 'primary-sync', 'dream'] as const;
/** Of ten minutes of schedule, in each orchestrator, the times that each task is due. */
const DUE: Readonly<Record<(typeof TASKS)[number], number>> = {
  summary: 10,
  'kb-sync': 7,
  backup: 5,
  'primary-sync': 4,
  dream: 4,
};

/** Those that queue for the lease, the least of them with the lowest priority: each has its turn. */
const WAITING: ReadonlySet<string> = new Set(['backup', 'primary-sync', 'dream']);

test('two orchestrators, five heavy tasks, ten minutes: never two at once, none lost, each deferral with its reason', async (t) => {
  const world = new World(t);
  await world.startDaemon();
  const client = await world.connect();
  const script = witness(world, 'work.sh', [`echo "$1" >>${join(world.folder, 'worked')}`, 'sleep 0.2']);
  const begin = (id: string): Running =>
    world.start(
      process.execPath,
      ['--conditions=tenure-source', '--import', 'tsx', PROGRAM, world.socketPath, id, join(world.folder, id), script],
      { cwd: join(import.meta.dirname, '..', '..') },
    );
  const both = [begin('first'), begin('second')];
  for (const orchestrator of both) {
    const ended = await orchestrator.ended;
    assert.equal(ended.code, 0, ended.stderr);
  }

  assert.equal(existsSync(join(world.folder, 'overlaps')), false, 'two were inside at once');
  const worked = readFileSync(join(world.folder, 'worked'), 'utf8').trim().split('\n');
  for (const task of TASKS) {
    const runs = await runsOf(client, task);
    const completed = runs.filter(({ status }) => status === TaskRunStatus.COMPLETED);
    const skips = runs.filter(({ status }) => status === TaskRunStatus.SKIPPED);
    // What the stop at the end of the ten minutes ended.
    const stopped = runs.filter(({ reasonCode }) => reasonCode === 'shutdown');
    const others = runs.filter((run) => ![...completed, ...skips, ...stopped].includes(run));
    assert.deepEqual(others, [], `${task} has a run that neither ran nor says why not`);
    const ran = worked.filter((name) => name === task).length;
    if (WAITING.has(task)) assert.ok(completed.length > 0, `${task} never ran`);
    assert.ok(ran >= completed.length && ran <= completed.length + stopped.length, `${task} is recorded as it ran`);
    for (const { reasonCode, holder, blockingTask, blockingRunId } of skips) {
      switch (reasonCode) {
        case 'lease-held':
          assert.ok((holder?.pid ?? 0) > 0, `${task}: by whom?`);
          break;
        case 'backpressure':
          assert.ok(
            TASKS.some((name) => name === blockingTask),
            `${task}: by which task?`,
          );
          break;
        case 'overlap':
          assert.notEqual(blockingRunId, '', `${task}: by which run?`);
          break;
        default:
          assert.equal(reasonCode, 'shutdown');
      }
    }
    // Each time that it was due left a run, or is counted in one.
    const accounted = runs.reduce((sum, { count }) => sum + Math.max(1, count), 0);
    assert.ok(accounted >= DUE[task] * 2 - 2, `${task} was due some ${DUE[task] * 2} times and has ${accounted}`);
  }
  for (const task of WAITING) {
    const skips = (await runsOf(client, task)).filter(({ status }) => status === TaskRunStatus.SKIPPED);
    const causes = new Set(skips.map(({ reasonCode }) => reasonCode));
    assert.ok(!causes.has('lease-held') && !causes.has('backpressure'), `${task} queues, and is skipped all the same`);
  }
});
