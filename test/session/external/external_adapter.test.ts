import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ExternalAdapter } from '../../../src/session/external/external_adapter.js';
import { temporaryFolder } from '../../daemon/temporary_folder.js';
import { refused } from '../refused.js';

const EXAMPLE = join(import.meta.dirname, '../../../examples/external-adapter/adapter.mjs');
const order = { prompt: 'sing', model: 'm1', args: [], directory: '/tmp' };
const never = new AbortController().signal;

/** The example of docs/external-adapters.md, with a gateway of this test's own. */
function example(t: TestContext): ExternalAdapter {
  const file = join(temporaryFolder(t), 'gateway.json');
  const adapter = new ExternalAdapter({ name: 'pretender', command: [EXAMPLE, file], environment: process.env });
  t.after(() => adapter.close());
  return adapter;
}

test('the sessions of the example are found as it tells of them', async (t) => {
  const [first, second, ...others] = await example(t).discover(0, never);
  assert.deepEqual(others, []);
  assert.deepEqual(
    { ...first, startWallMs: 0, activityWallMs: 0 },
    {
      nativeId: 'gw-1',
      state: 'running',
      directory: '/tmp',
      title: 'Pretended session gw-1',
      prompt: 'Pretend to work.',
      model: 'pretender-1',
      usage: { inputTokens: 1200, outputTokens: 34, costUsd: 0.05 },
      process: undefined,
      startWallMs: 0,
      activityWallMs: 0,
      parentNativeId: '',
    },
  );
  assert.deepEqual([second?.nativeId, second?.state], ['gw-2', 'waiting']);
  assert.ok(Math.abs((first?.activityWallMs ?? 0) - Date.now()) < 60_000);
});

test('a session is launched as the example plans it, found again, judged by its own word, and goes on', async (t) => {
  const adapter = example(t);
  const plan = await adapter.plan({ ...order, prompt: 'please fail' });
  assert.equal(plan.argv.join(' ').includes('fail'), false);
  assert.deepEqual(plan.environment, { PRETENDER_MODEL: 'm1' });
  const [command, ...args] = plan.argv;
  const ended = spawnSync(command, args, { input: plan.input, encoding: 'utf8', cwd: '/' });
  assert.equal(ended.status, 0, ended.stderr);
  const result = await adapter.resultOf(ended.stdout);
  assert.deepEqual(result, {
    success: false,
    detail: 'it was told to fail',
    nativeId: 'gw-3',
    usage: { inputTokens: 1200, outputTokens: 34, costUsd: 0.05 },
  });
  const found = (await adapter.discover(0, never)).find(({ nativeId }) => nativeId === 'gw-3');
  assert.deepEqual([found?.state, found?.prompt, found?.directory], ['ended', 'please fail', '/']);
  assert.equal((await adapter.discover(Date.now() + 60_000, never)).length, 2);
  const resumed = await adapter.planResume('gw-3', order);
  assert.deepEqual(resumed?.argv.slice(-2), ['run', 'gw-3']);
  await assert.rejects(
    adapter.planResume('gw-9', order),
    refused('SESSION_NOT_FOUND', /^adapter pretender: there is no session gw-9$/),
  );
  assert.equal(await adapter.resultOf('nothing of the kind'), undefined);
});

test('a gateway’s session is read, sent to and stopped', async (t) => {
  const { remote } = example(t);
  const all = await remote.output('gw-2', 0, never);
  assert.deepEqual([all.offset, Buffer.from(all.bytes).toString(), all.ended], [0, 'gw-2 is here\n', false]);
  await remote.send('gw-2', Buffer.from('ünd\n'), never);
  const more = await remote.output('gw-2', all.bytes.length, never);
  assert.equal(Buffer.from(more.bytes).toString(), '> ünd\n');
  await remote.stop('gw-2', 1_000, never);
  await remote.stop('gw-2', 1_000, never);
  const rest = await remote.output('gw-2', more.offset + more.bytes.length, never);
  assert.deepEqual([Buffer.from(rest.bytes).toString(), rest.ended], ['stopped\n', true]);
  await assert.rejects(remote.send('gw-2', Buffer.from('x'), never), refused('SESSION_ENDED', /gw-2 has ended/));
  await assert.rejects(remote.stop('gw-9', 0, never), refused('SESSION_NOT_FOUND', /gw-9/));
});

test('an adapter is there while its program is', async (t) => {
  const folder = temporaryFolder(t);
  const at = (command: string, path: string) =>
    new ExternalAdapter({ name: 'x', command: [command], environment: { PATH: path } });
  assert.equal(await at(EXAMPLE, '').available(), true);
  assert.equal(await at('adapter.mjs', dirname(EXAMPLE)).available(), true);
  assert.equal(await at('adapter.mjs', folder).available(), false);
  assert.equal(await at('adapter.mjs', folder).available(dirname(EXAMPLE)), true);
  assert.equal(await at(join(folder, 'absent'), '').available(), false);
  writeFileSync(join(folder, 'plain'), '');
  mkdirSync(join(folder, 'dir'));
  assert.equal(await at(join(folder, 'plain'), '').available(), false);
  assert.equal(await at(join(folder, 'dir'), '').available(), false);
});
