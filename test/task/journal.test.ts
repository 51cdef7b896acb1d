import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { TaskRunStatus } from '@tenure/client/gen/tenure/task/v1/task';
import { until } from '../e2e/until.js';
import { TaskRoom } from './task_room.js';

const { RUNNING, COMPLETED, FAILED, SKIPPED } = TaskRunStatus;

function fileOf(room: TaskRoom): string {
  return join(room.folder, 'tasks', 'runs.jsonl');
}

describe('the history of tasks', () => {
  test('is there again after a restart: runs, declarations, counts and deferrals', async (t) => {
    const room = new TaskRoom(t);
    await room.declare('o', [{ name: 'kb-sync', schedule: 'every 10m' }]);
    await room.record({ runId: 'r1', status: COMPLETED });
    await room.record({ runId: 'r2', status: SKIPPED, reasonCode: 'backpressure' });
    await room.record({ runId: 'r3', status: SKIPPED, reasonCode: 'backpressure' });
    await room.record({ runId: 'r4', task: 'open', status: RUNNING });
    const before = await room.task('kb-sync');
    await room.close();
    const again = new TaskRoom(t, { folder: room.folder });
    assert.deepEqual(await again.task('kb-sync'), before);
    assert.equal((await again.task('kb-sync')).lastRun?.count, 2);
    assert.equal((await again.task('open')).running[0]?.runId, 'r4', 'its recorder lives');
    assert.equal(statSync(fileOf(room)).mode & 0o777, 0o600);
  });

  test('says of a run whose boot is over that nobody knows how it ended', async (t) => {
    const room = new TaskRoom(t);
    await room.record({ runId: 'r1', status: RUNNING });
    await room.close();
    const again = new TaskRoom(t, { folder: room.folder, bootId: 'next-boot' });
    const run = await until('the end of the run', async () => {
      const { runs } = await again.runs();
      return runs[0]?.status === FAILED && runs[0];
    });
    assert.equal(run.reasonCode, 'outcome-unknown');
  });

  test('loses a torn line alone, and nothing that comes after it', async (t) => {
    const room = new TaskRoom(t);
    await room.record({ runId: 'r1', status: COMPLETED });
    await room.close();
    appendFileSync(fileOf(room), '{"kind":"run","run":{"runId":"r2"');
    const again = new TaskRoom(t, { folder: room.folder });
    assert.equal(again.events[0]?.action, 'task.history_damaged');
    await again.record({ runId: 'r3', status: COMPLETED });
    await again.close();
    const third = new TaskRoom(t, { folder: room.folder });
    assert.deepEqual(third.events, []);
    assert.deepEqual(
      (await third.runs()).runs.map(({ runId }) => runId),
      ['r1', 'r3'],
    );
  });

  test('that can’t be read at all is told, set aside, and begins anew', async (t) => {
    const room = new TaskRoom(t);
    mkdirSync(fileOf(room), { recursive: true });
    const again = new TaskRoom(t, { folder: room.folder });
    assert.equal(again.events[0]?.action, 'task.history_damaged');
    assert.match(String(again.events[0]?.metadata['unreadable']), /EISDIR.*runs\.jsonl\.unreadable now/);
    assert.ok(statSync(`${fileOf(room)}.unreadable`).isDirectory());
    await again.record({ runId: 'r1', status: COMPLETED });
    await again.close();
    assert.match(readFileSync(fileOf(room), 'utf8'), /"r1"/);
  });

  test('stays within its bounds, on the disk too', async (t) => {
    const settings = { history: { perTask: 3, total: 100, bytes: 65_536, maxAgeMs: 1e9 }, starveAfterMs: 0 };
    const room = new TaskRoom(t, { settings });
    for (let index = 0; index < 1_200; index += 1) {
      room.nowMs += 1_000;
      await room.record({ runId: `r${index}`, status: COMPLETED });
      // Without being written anew, for which the disk takes its time, it would come to some 600 KB.
      await until('less in the file', () => statSync(fileOf(room)).size < 300_000);
    }
    assert.deepEqual(
      (await room.runs()).runs.map(({ runId }) => runId),
      ['r1199', 'r1198', 'r1197'],
    );
    await room.close();
    assert.ok(statSync(fileOf(room)).size < 300_000, `${statSync(fileOf(room)).size} bytes`);
    const again = new TaskRoom(t, { folder: room.folder, settings });
    assert.equal((await again.runs()).runs.length, 3);
  });

  test('that can’t be written is a fault that is told; calls go on, and all of it is written once it can be', async (t) => {
    const room = new TaskRoom(t);
    // A file where the folder should be.
    writeFileSync(join(room.folder, 'tasks'), '');
    const run = await room.record({ runId: 'r1', status: COMPLETED });
    assert.equal(run.status, COMPLETED);
    assert.ok(room.journalFault !== undefined);
    rmSync(join(room.folder, 'tasks'));
    mkdirSync(join(room.folder, 'tasks'));
    await room.record({ runId: 'r2', status: COMPLETED });
    await room.close();
    assert.equal(room.journalFault, undefined);
    assert.match(readFileSync(fileOf(room), 'utf8'), /"r1".*\n.*"r2"/);
  });
});
