import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { type Client, TenureError } from '@tenure/client';
import { DaemonLink } from '../../src/orchestrator/daemon_link.js';
import { Recorder } from '../../src/orchestrator/recorder.js';

test('outcomes are kept for as long as there is no daemon to be had, whatever the reason', async () => {
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
  const recorder = new Recorder(link, (news) => texts.push(news.kind === 'notice' ? news.text : news.kind));
  recorder.record({ run: { runId: 'r1', task: 'backup' } });
  await tried;
  await recorder.close(0);
  assert.match(texts[0] ?? '', /are kept for it until this orchestrator ends/);
  assert.equal(texts.at(-1), 'no daemon; an outcome is not recorded');

  // Nothing is tried any more, or it would be for ever.
  const before = texts.length;
  recorder.record({ run: { runId: 'r2', task: 'backup' } });
  await recorder.close(0);
  assert.equal(texts.length, before + 1);
});
