import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { askOverHttp } from '../../../src/secret/heartbeat/http_question.js';

const NEVER = new AbortController().signal;

async function listening(t: TestContext, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => new Promise((resolve) => server.close(resolve)));
  const address: AddressInfo | string | null = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return `127.0.0.1:${address.port}`;
}

/** A web server of the test's own; each answer is the test's. */
async function serve(t: TestContext, answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  const host = await listening(t, server);
  t.after(() => server.closeAllConnections());
  return { host, requests, url: `http://${host}/ping` };
}

function ask(url: string, timeoutMs = 10_000, signal = NEVER): Promise<number> {
  return askOverHttp({ url, timeoutMs, signal });
}

describe('a question over http', () => {
  test('answers the status code, and follows no redirect', async (t) => {
    const { url, requests } = await serve(t, (request, response) => {
      const code = Number(request.url?.split('=')[1]);
      response.writeHead(code, { location: '/elsewhere' }).end(code === 204 ? undefined : 'text');
    });
    for (const code of [200, 204, 302, 404, 500]) assert.equal(await ask(`${url}?code=${code}`), code);
    assert.equal(requests.length, 5);
  });

  test('has a connection of its own each time', async (t) => {
    const ports = new Set<number | undefined>();
    const { url } = await serve(t, (request, response) => {
      ports.add(request.socket.remotePort);
      response.end('text');
    });
    for (let time = 0; time < 3; time += 1) await ask(url);
    assert.equal(ports.size, 3);
  });

  test('hands over user and password as a browser would', async (t) => {
    const { host, requests } = await serve(t, (_, response) => response.end());
    for (const credentials of ['joe:p%40ss%3A', 'joe', '50%:a%zz'])
      await ask(`http://${credentials}@${host}/ping?key=1`);
    const pairs = requests.map(({ headers }) =>
      Buffer.from(headers.authorization?.slice('Basic '.length) ?? '', 'base64'),
    );
    assert.deepEqual(pairs.map(String), ['joe:p@ss:', 'joe:', '50%:a%zz']);
    assert.equal(requests[0]?.url, '/ping?key=1');
  });

  test('reaches a port that browsers do not speak to', async (t) => {
    const server = createServer((_, response) => response.end());
    t.after(() => server.close());
    // Some are taken, or may not be, where the test runs.
    for (const port of [10080, 6697, 6669, 6668, 6667, 6666, 6665, 6566, 6000, 5061, 5060]) {
      const heard = Promise.race([once(server, 'listening'), once(server, 'error').then(() => undefined)]);
      server.listen(port, '127.0.0.1');
      if ((await heard.catch(() => undefined)) === undefined) continue;
      assert.equal(await ask(`http://127.0.0.1:${port}/`), 200);
      return;
    }
    t.skip('all of them are in use');
  });

  test('does not wait for content, and lets go of what still comes', async (t) => {
    const { url, requests } = await serve(t, (_, response) => response.writeHead(200).write('the first part'));
    assert.equal(await ask(url), 200);
    const [request] = requests;
    assert.ok(request !== undefined);
    // The garbage collector would let go of it, too, but later.
    if (!request.socket.destroyed) await once(request.socket, 'close', { signal: AbortSignal.timeout(60_000) });
  });

  test('with an answer that breaks off in its content is answered', async (t) => {
    const { url } = await serve(t, (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('part', () => response.destroy());
    });
    assert.equal(await ask(url), 200);
  });
});

describe('no answer', () => {
  test('within the limit is a failure', async (t) => {
    const { url } = await serve(t, () => undefined);
    await assert.rejects(ask(url, 150), { message: 'did not answer within 150 ms' });
  });

  test('since nobody listens is a failure with its reason, without the credentials', async (t) => {
    const server = createTcpServer();
    const host = await listening(t, server);
    await new Promise((resolve) => server.close(resolve));
    await assert.rejects(ask(`http://joe:hunter2@${host}/?key=hunter2`), {
      message: 'could not be reached: ECONNREFUSED',
    });
  });

  test('since the connection was closed before the headers were through', async (t) => {
    for (const beginning of ['', 'HTTP/1.1 200 OK\r\nContent-Le']) {
      const server = createTcpServer((socket) => socket.once('data', () => socket.end(beginning)));
      const host = await listening(t, server);
      await assert.rejects(ask(`http://${host}/`), /^Error: could not be reached: /);
    }
  });

  test('of something that speaks another language', async (t) => {
    const server = createTcpServer((socket) => socket.resume().end('220 mail.example ESMTP\r\n'));
    const host = await listening(t, server);
    await assert.rejects(ask(`http://${host}/`), /^Error: could not be reached: /);
  });

  test('is awaited no longer once it was given up', async (t) => {
    const giveUp = new AbortController();
    const { url, requests } = await serve(t, () => giveUp.abort());
    await assert.rejects(ask(url, 60_000, giveUp.signal), { message: 'given up' });
    await assert.rejects(ask(url, 60_000, giveUp.signal), { message: 'given up' });
    assert.equal(requests.length, 1);
  });

  test('since no TLS is spoken there tells of no part of the address', async (t) => {
    const { host } = await serve(t, (_, response) => response.end());
    await assert.rejects(ask(`https://joe:hunter2@${host}/?key=hunter2`), (error: unknown) => {
      assert.ok(error instanceof Error && error.message.startsWith('could not be reached: '));
      assert.doesNotMatch(error.message, /hunter2|joe/);
      return true;
    });
  });
});
