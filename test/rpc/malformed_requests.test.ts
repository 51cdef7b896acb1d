import assert from 'node:assert/strict';
import { type ClientHttp2Session, connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { bidi, serverStream } from '../../src/rpc/handlers.js';
import { client, getLease, serving } from './serving.js';

const PATHS = ['GetLease', 'WatchLeases', 'HoldLeases', 'Nothing'].map(
  (name) => `/tenure.lease.v1.LeaseService/${name}`,
);

function session(t: TestContext, path: string): ClientHttp2Session {
  const made = connect('http://localhost', { createConnection: () => connectSocket(path) });
  made.on('error', () => made.destroy());
  t.after(() => made.destroy());
  return made;
}

/** Sends a request and waits until it is over, however that comes about. */
async function request(
  on: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body: readonly Uint8Array[],
  reset: boolean,
) {
  const stream = on.request({ ':method': 'POST', te: 'trailers', ...headers });
  stream.on('error', () => undefined);
  stream.resume();
  for (const chunk of body) stream.write(chunk);
  if (reset) stream.close(8);
  else stream.end();
  // Not once(): that rejects when the server's refusal overtakes the body.
  await new Promise((resolve) => stream.on('close', resolve));
}

function framed(flag: number, message: Uint8Array, claimed = message.length): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(claimed, 1);
  return Buffer.concat([head, message]);
}

test('no request, however malformed, hurts the server or the connection it came on', async (t) => {
  const { path, logged } = await serving(t, {
    watchLeases: serverStream(
      async (_request, _context, out) => {
        out.write({ events: [] });
      },
      { role: 'viewer' },
    ),
    holdLeases: bidi(
      async (incoming, _context, out) => {
        for await (const _message of incoming) out.write({ events: [] });
      },
      { role: 'viewer' },
    ),
  });
  const bytes = fc.uint8Array({ maxLength: 60 });
  const message = fc.oneof(
    bytes,
    bytes.map((body) => framed(0, body)),
    bytes.map((body) => framed(1, gzipSync(body))),
    bytes.map((body) => framed(1, body)),
    fc.tuple(bytes, fc.nat(0xffff_ffff)).map(([body, claimed]) => framed(0, body, claimed)),
  );
  const headers = fc.record(
    {
      ':path': fc.constantFrom(...PATHS, '/', '/a/b'),
      'content-type': fc.constantFrom('application/grpc', 'application/grpc+proto', 'text/plain'),
      'grpc-timeout': fc.constantFrom('1m', '0S', '99999999H', 'soon', '1'),
      'grpc-encoding': fc.constantFrom('gzip', 'deflate', 'identity', 'brotli'),
      'x-bin': fc.constantFrom('AAAA', '%%%', ''),
    },
    { requiredKeys: [':path'] },
  );
  const mixed = headers.map((some) => ({ 'content-type': 'application/grpc', ...some }));
  let on = session(t, path);
  await fc.assert(
    fc.asyncProperty(mixed, fc.array(message, { maxLength: 4 }), fc.boolean(), async (some, body, reset) => {
      if (on.closed || on.destroyed) on = session(t, path);
      await request(on, some, body, reset);
    }),
    { numRuns: 300 },
  );
  assert.equal((await getLease(client(t, path), 'l1')).code, status.OK);
  assert.deepEqual(
    logged.filter(({ level }) => level === 'error'),
    [],
  );
});

test('requests for nothing that are reset at once do not end the server', async (t) => {
  const { path } = await serving(t);
  const on = session(t, path);
  const headers = [
    { ':path': '/a/b', 'content-type': 'application/grpc' },
    { ':path': '/', 'content-type': 'text/plain' },
  ];
  await Promise.all(Array.from({ length: 200 }, (_, index) => request(on, headers[index % 2] ?? {}, [], true)));
  assert.equal((await getLease(client(t, path), 'l1')).code, status.OK);
});

test('a compressed message that grows beyond the limit is refused', async (t) => {
  const { path } = await serving(t, {}, { limits: { maxMessageBytes: 10_000 } });
  const on = session(t, path);
  const bomb = framed(1, gzipSync(Buffer.alloc(50_000_000)));
  const stream = on.request({
    ':method': 'POST',
    ':path': '/tenure.lease.v1.LeaseService/GetLease',
    'content-type': 'application/grpc',
    'grpc-encoding': 'gzip',
  });
  // The refusal may overtake the bomb.
  stream.on('error', () => undefined);
  stream.end(bomb);
  const headers = await new Promise<IncomingHttpHeaders>((resolve) => stream.once('response', resolve));
  assert.equal(Number(headers['grpc-status']), status.RESOURCE_EXHAUSTED);
});
