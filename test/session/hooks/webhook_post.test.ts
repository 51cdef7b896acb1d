import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer as createTcpServer } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { type Post, sendPost } from '../../../src/session/hooks/webhook_post.js';
import type { PostResult } from '../../../src/session/hooks/webhook_rules.js';
import { until } from '../../os/child_process.js';
import { WebReceiver } from './web_receiver.js';

function post(url: string, more: Partial<Post> = {}): Promise<PostResult> {
  const { signal } = new AbortController();
  return sendPost({
    url,
    headers: { 'content-type': 'application/json' },
    body: '{}',
    limitMs: 20_000,
    signal,
    ...more,
  });
}

/** A TCP server that says something, whatever it hears. */
async function speaking(t: TestContext, words: string): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.resume();
    if (words === '') socket.destroy();
    else socket.end(words);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return `http://127.0.0.1:${address.port}/`;
}

describe('a post', () => {
  test('brings its body and headers, and answers the status', async (t) => {
    const receiver = await WebReceiver.open(t, 202, 404);
    const body = JSON.stringify({ text: 'ä'.repeat(100_000) });
    assert.deepEqual(await post(receiver.url, { body }), { kind: 'answered', status: 202 });
    assert.deepEqual(await post(`${receiver.url}?key=1`), { kind: 'answered', status: 404 });
    const [first, second] = receiver.received;
    assert.deepEqual([first?.method, first?.headers['content-type']], ['POST', 'application/json']);
    assert.equal(String(first?.body), body);
    assert.equal(second?.path, '/hook?key=1');
  });

  test('follows no redirect', async (t) => {
    const other = await WebReceiver.open(t, 200);
    const receiver = await WebReceiver.open(t, (_request, response) => {
      response.writeHead(307, { location: other.url }).end();
    });
    assert.deepEqual(await post(receiver.url), { kind: 'answered', status: 307 });
    assert.deepEqual(other.received, []);
  });

  test('hands over user and password', async (t) => {
    const receiver = await WebReceiver.open(t, 200);
    await post(receiver.url.replace('http://', 'http://joe:p%40ss@'));
    const [, pair = ''] = receiver.received[0]?.headers.authorization?.split(' ') ?? [];
    assert.equal(String(Buffer.from(pair, 'base64')), 'joe:p@ss');
  });

  test('reads nothing of an endless answer, and keeps no connection', async (t) => {
    const receiver = await WebReceiver.open(t, (_request, response) => {
      response.on('error', () => undefined);
      response.writeHead(200);
      const more = (): void => {
        while (response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
    const sockets = (): number => readdirSync('/proc/self/fd').length;
    const before = sockets();
    for (let round = 0; round < 5; round += 1) {
      assert.deepEqual(await post(receiver.url), { kind: 'answered', status: 200 });
    }
    await until(() => sockets() <= before, 'all connections are closed');
  });
});

describe('a post that fails', () => {
  test('for want of an answer says so after its limit', async (t) => {
    const receiver = await WebReceiver.open(t, () => undefined);
    assert.deepEqual(await post(receiver.url, { limitMs: 200 }), {
      kind: 'failed',
      how: 'did not answer within 0.2 s',
    });
  });

  test('for want of a receiver tells nothing of the address', async (t) => {
    const url = await speaking(t, '');
    const closed = 'http://joe:hunter2@127.0.0.1:1/hunter2?key=hunter2';
    assert.deepEqual(await post(closed), { kind: 'failed', how: 'could not be reached: ECONNREFUSED' });
    assert.deepEqual(await post(url), { kind: 'failed', how: 'could not be reached: ECONNRESET' });
    const nowhere = await post('http://hunter2.invalid/');
    assert.ok(nowhere.kind === 'failed' && !nowhere.how.includes('hunter2'), JSON.stringify(nowhere));
  });

  test('since something speaks another language', async (t) => {
    const result = await post(await speaking(t, '220 mail.example ESMTP\r\n'));
    assert.ok(result.kind === 'failed' && result.how.startsWith('could not be reached: '), JSON.stringify(result));
  });

  test('since it is no web address, and never rejects', async () => {
    for (const url of ['ftp://a.example/', 'nowhere', 'http://a b/', '']) {
      assert.equal((await post(url)).kind, 'failed', url);
    }
  });

  test('since it was given up', async (t) => {
    const giveUp = new AbortController();
    const receiver = await WebReceiver.open(t, () => giveUp.abort());
    const how = 'was given up because the daemon stops';
    assert.deepEqual(await post(receiver.url, { signal: giveUp.signal }), { kind: 'failed', how });
    assert.deepEqual(await post(receiver.url, { signal: giveUp.signal }), { kind: 'failed', how });
    assert.equal(receiver.received.length, 1);
  });
});
