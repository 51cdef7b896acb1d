// needs: root mount umount
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TaskRunStatus } from '@tenure/client/gen/tenure/task/v1/task';
import { TaskRoom } from '../task/task_room.js';
import { SmallDisk } from './small_disk.js';

const { COMPLETED, FAILED } = TaskRunStatus;

test('on a full disk runs are recorded all the same, and all of them are on it once there is room', async (t) => {
  const disk = new SmallDisk(t, 1);
  const room = new TaskRoom(t, { folder: disk.folder });
  await room.record({ runId: 'before', status: COMPLETED });
  disk.fill();
  // More than what is left of the last page.
  for (let index = 0; index < 40; index += 1) {
    await room.record({ runId: `r${index}`, status: FAILED, error: 'x'.repeat(1_000) });
  }
  assert.equal((await room.runs()).runs.length, 41);
  assert.match(String(room.journalFault), /ENOSPC|in part/);
  disk.free();
  await room.close();
  assert.equal(room.journalFault, undefined);
  const again = new TaskRoom(t, { folder: disk.folder });
  assert.equal((await again.runs()).runs.length, 41);
  assert.deepEqual(again.events, [], 'no line is damaged');
});
