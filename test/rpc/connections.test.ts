import assert from 'node:assert/strict';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { until } from '../os/child_process.js';
import { client, closed, getLease, rawConnection, serving } from './serving.js';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const EMPTY_SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

test('only its user may connect to the socket', async (t) => {
  const { path } = await serving(t);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('a connection that says nothing is closed after a while', async (t) => {
  const { path, server, logged } = await serving(t, {}, { limits: { prefaceTimeoutMs: 50 } });
  const silent = await rawConnection(t, path);
  const slow = await rawConnection(t, path);
  slow.write('PRI * HT');
  await Promise.all([closed(silent), closed(slow)]);
  await until(() => server.connectionCount === 0, 'nothing is left of them');
  assert.equal(logged.filter(({ level }) => level === 'warn').length, 2);
});

test('a connection that speaks something else is closed at once', async (t) => {
  const { path } = await serving(t);
  const http1 = await rawConnection(t, path);
  http1.write('GET / HTTP/1.1\r\n\r\n');
  await closed(http1);
});

test('HTTP/2 is understood however its first bytes are cut', async (t) => {
  const { path } = await serving(t);
  const socket = await rawConnection(t, path);
  const settings = once(socket, 'data');
  for (const byte of Buffer.concat([Buffer.from(PREFACE), EMPTY_SETTINGS])) {
    socket.write(Buffer.of(byte));
    await new Promise(setImmediate);
  }
  const [answer] = await settings;
  assert.equal(Buffer.isBuffer(answer) && answer[3], 4, 'the server sends its SETTINGS');
});

test('an idle HTTP/2 connection may stay', async (t) => {
  const { path, server } = await serving(t, {}, { limits: { prefaceTimeoutMs: 1_500 } });
  const from = client(t, path);
  assert.equal((await getLease(from, 'l1')).code, status.OK);
  const socket = await rawConnection(t, path);
  socket.write(Buffer.concat([Buffer.from(PREFACE), EMPTY_SETTINGS]));
  const silent = await rawConnection(t, path);
  await closed(silent);
  await until(() => server.connectionCount === 2, 'only the silent one is gone');
});

test('one connection too many is told so, and the others are served', async (t) => {
  const { path, server } = await serving(t, {}, { limits: { maxConnections: 2 } });
  const first = client(t, path);
  const second = client(t, path);
  assert.equal((await getLease(first, 'l1')).code, status.OK);
  assert.equal((await getLease(second, 'l1')).code, status.OK);
  const third = await getLease(client(t, path), 'l1');
  assert.equal(third.code, status.RESOURCE_EXHAUSTED);
  assert.equal(third.reason, 'TOO_MANY');
  assert.equal((await getLease(first, 'l1')).code, status.OK);
  first.close();
  await until(() => server.connectionCount === 2, 'the first is gone');
});

test('a flood of connections is cut off', async (t) => {
  const { path, server } = await serving(t, {}, { limits: { maxConnections: 2 } });
  const sockets = await Promise.all(Array.from({ length: 40 }, () => rawConnection(t, path)));
  await until(() => sockets.filter(({ destroyed }) => destroyed).length === 22, 'what is beyond the limit is closed');
  assert.equal(server.connectionCount, 18);
});

test('a peer that breaks the protocol and leaves is not kept for ever', async (t) => {
  const { path, server } = await serving(t, {}, { limits: { sweepIntervalMs: 20 } });
  const stays = client(t, path);
  assert.equal((await getLease(stays, 'l1')).code, status.OK);
  const socket = await rawConnection(t, path);
  const dataOfNoStream = Buffer.alloc(9);
  socket.end(Buffer.concat([Buffer.from(PREFACE), EMPTY_SETTINGS, dataOfNoStream]));
  await closed(socket);
  await until(() => server.connectionCount === 1, 'only who behaves is left');
  assert.equal((await getLease(stays, 'l1')).code, status.OK);
});

test('no sequence of frames and bytes hurts the server', async (t) => {
  const { path, server } = await serving(t, {}, { limits: { sweepIntervalMs: 10 } });
  const frame = fc
    .tuple(
      fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 255 })),
      fc.integer({ min: 0, max: 255 }),
      fc.oneof(fc.constantFrom(0, 1, 3, 5), fc.nat(0x7fffffff)),
      fc.uint8Array({ maxLength: 64 }),
    )
    .map(([type, flags, stream, payload]) => {
      const head = Buffer.alloc(9);
      head.writeUIntBE(payload.length, 0, 3);
      head[3] = type;
      head[4] = flags;
      head.writeUInt32BE(stream, 5);
      return Buffer.concat([head, payload]);
    });
  const noise = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof({ weight: 5, arbitrary: frame }, noise), { maxLength: 8 }), async (parts) => {
      const socket = await rawConnection(t, path);
      socket.end(Buffer.concat([Buffer.from(PREFACE), EMPTY_SETTINGS, ...parts]));
      await closed(socket);
    }),
    { numRuns: 200 },
  );
  await until(() => server.connectionCount === 0, 'nothing is left of them');
  assert.equal((await getLease(client(t, path), 'l1')).code, status.OK);
});
