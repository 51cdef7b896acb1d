import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { systemClock } from '../../../src/os/clock.js';
import { Webhooks } from '../../../src/session/hooks/webhook.js';
import { sendPost } from '../../../src/session/hooks/webhook_post.js';
import { temporaryFolder } from '../../os/child_process.js';
import { type Received, WebReceiver } from './web_receiver.js';

const SECRET = Buffer.from([0, 255, 10, 104, 195]);

/** A receiver who knows nothing but what docs/webhooks.md shows. */
async function reader(t: TestContext): Promise<(message: Received, secret?: Buffer, now?: number) => unknown> {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/webhooks.md'), 'utf8');
  const [, recipe = ''] = /```js\n(.*?)```/s.exec(page) ?? [];
  const file = join(temporaryFolder(t), 'recipe.mjs');
  writeFileSync(file, recipe);
  const { isGenuine } = await import(pathToFileURL(file).href);
  return ({ body, headers }, secret = SECRET, now = Date.now() / 1_000) =>
    isGenuine(body, headers['tenure-signature'], secret, now);
}

async function messageOf(t: TestContext, body: string): Promise<Received> {
  const receiver = await WebReceiver.open(t, 200);
  const webhooks = new Webhooks({ post: sendPost, secret: async () => SECRET, clock: systemClock });
  const limits = { tries: 1, tryMs: 20_000, limitMs: 20_000 };
  const { signal } = new AbortController();
  await webhooks.deliver({ url: receiver.url, delivery: 'd1', body, ...limits }, signal);
  const [message] = receiver.received;
  assert.ok(message !== undefined);
  assert.equal(message.headers['tenure-delivery'], 'd1');
  return message;
}

describe('the recipe of docs/webhooks.md', () => {
  test('takes what the daemon sends for genuine', async (t) => {
    const isGenuine = await reader(t);
    for (const body of ['{}', '{"text":"ä, 😀, \\u0000"}', JSON.stringify({ much: 'x'.repeat(1_000_000) })]) {
      assert.equal(isGenuine(await messageOf(t, body)), true);
    }
  });

  test('takes nothing else for it', async (t) => {
    const isGenuine = await reader(t);
    const message = await messageOf(t, '{"outcome":"failure"}');
    const signature = String(message.headers['tenure-signature']);
    const [, time = '', sum = ''] = /^t=(\d+),v1=(.*)$/.exec(signature) ?? [];
    const signed = (text: string): Received => ({ ...message, headers: { 'tenure-signature': text } });
    assert.equal(isGenuine(signed(signature)), true);
    assert.equal(isGenuine({ ...message, body: Buffer.from('{"outcome":"success"}') }), false, 'another body');
    assert.equal(isGenuine(message, Buffer.from('guess')), false, 'another secret');
    assert.equal(isGenuine(message, SECRET, Number(time) + 301), false, 'an old message');
    assert.equal(isGenuine(message, SECRET, Number(time) - 301), false, 'one of the future');
    assert.equal(isGenuine(signed(`t=${Number(time) + 1},v1=${sum}`)), false, 'another time');
    for (const text of [
      '',
      't=',
      `t=${time}`,
      `t=${time},v1=`,
      `t=${time},v1=zz`,
      `v1=${sum}`,
      `t=${time},v0=${sum}`,
    ]) {
      assert.equal(isGenuine(signed(text)), false, text);
    }
    assert.equal(isGenuine(signed(`t=${time},v1=${'0'.repeat(64)},v1=${sum}`)), true, 'one of two is enough');
  });
});
