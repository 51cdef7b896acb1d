import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { type Client, TaskRunStatus, TenureError } from '@tenure/client';
import { DaemonLink } from '../../../src/orchestrator/daemon_link/daemon_link.js';
import { Recorder } from '../../../src/orchestrator/daemon_link/recorder.js';
import { Unrecorded } from '../../../src/orchestrator/daemon_link/unrecorded.js';
import { StateFolder } from '../../../src/orchestrator/state_folder.js';

test('outcomes are kept for as long as there is no daemon to be had, whatever the reason', async (t) => {
  let isTried: () => void = () => undefined;
  const tried = new Promise<void>((resolve) => {
    isTried = resolve;
  });
  const texts: string[] = [];
  const link = new DaemonLink(async (): Promise<Client> => {
    isTried();
    throw new TenureError('CONFIG_INVALID', 'the daemon refuses its configuration', {
      code: status.FAILED_PRECONDITION,
    });
  });
  const folder = mkdtempSync(join(tmpdir(), 'tenure-recorder-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const unrecorded = new Unrecorded(new StateFolder(folder, (error) => assert.fail(String(error))));
  const recorder = new Recorder(link, (news) => texts.push(news.kind === 'notice' ? news.text : news.kind), unrecorded);
  const endTime = { seconds: 1_796_000_000n, nanos: 5 };
  const first = { run: { runId: 'r1', task: 'backup', status: TaskRunStatus.COMPLETED, endTime } };
  recorder.record(first);
  await tried;
  await recorder.close(0);
  assert.match(texts[0] ?? '', /outcomes are kept for it/);
  assert.equal(texts.at(-1), 'no daemon; an outcome is kept for it until this orchestrator runs again');
  assert.deepEqual(unrecorded.all(), [first]);

  // Nothing is tried any more, or it would be for ever.
  const before = texts.length;
  recorder.record({ run: { runId: 'r2', task: 'backup', status: TaskRunStatus.RUNNING } });
  await recorder.close(0);
  assert.equal(texts.length, before + 1);
  // Nobody would tell how one ended that still went on; what can't be read is no use to anybody.
  writeFileSync(join(folder, 'r3'), '{"run":');
  assert.deepEqual(unrecorded.all(), [first]);
  assert.deepEqual(readdirSync(folder), ['r1']);
});
