import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { bidi, serverStream, unary } from '../../src/rpc/handlers.js';
import { temporaryFolder, until } from '../os/child_process.js';
import { client, closed, endOf, getLease, rawConnection, SHAPES, serving } from './serving.js';

const role = 'viewer';
const untilClosed = (closed: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    closed.addEventListener('abort', () => resolve());
  });

test('a shutdown ends streams and waiting calls with SHUTTING_DOWN, and lets others finish', async (t) => {
  let finish = (): void => undefined;
  let calls = 0;
  const { path, server } = await serving(t, {
    getLease: unary(
      async ({ leaseId }, context) => {
        calls += 1;
        if (leaseId === 'waits') {
          await untilClosed(context.signal);
          throw context.signal.reason;
        }
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        return { lease: undefined };
      },
      { role },
    ),
    watchLeases: serverStream((_request, _context, out) => untilClosed(out.closed), { role }),
    holdLeases: bidi((incoming) => incoming.eachMessage(() => undefined), { role }),
  });
  const from = client(t, path);
  const watch = endOf(from.watchLeases({ filter: undefined }).resume());
  const hold = endOf(from.holdLeases().resume());
  const waits = getLease(from, 'waits');
  const works = getLease(from, 'works');
  await until(() => calls === 2, 'the calls arrive');
  const silent = await rawConnection(t, path);
  const down = server.shutdown(5000);
  for (const outcome of await Promise.all([watch, hold, waits])) {
    assert.equal(outcome.code, status.UNAVAILABLE);
    assert.equal(outcome.reason, 'SHUTTING_DOWN');
  }
  await closed(silent);
  finish();
  assert.equal((await works).code, status.OK);
  await down;
  assert.equal(server.connectionCount, 0);
});

test('after the grace, what hangs is cut off', async (t) => {
  let called = false;
  const { path, server } = await serving(t, {
    getLease: unary(
      () => {
        called = true;
        return new Promise<never>(() => undefined);
      },
      { role },
    ),
  });
  const hangs = getLease(client(t, path), 'l1');
  await until(() => called, 'the call arrives');
  await server.shutdown(50);
  assert.equal((await hangs).code, status.UNAVAILABLE);
});

test('calls that come during a shutdown are told so', async (t) => {
  const { path, server } = await serving(t);
  const from = client(t, path);
  assert.equal((await getLease(from, 'l1')).code, status.OK);
  server.endStreams();
  assert.equal((await getLease(from, 'l1')).reason, 'SHUTTING_DOWN');
  assert.equal((await endOf(from.watchLeases({ filter: undefined }).resume())).reason, 'SHUTTING_DOWN');
  assert.equal((await endOf(from.holdLeases().resume())).reason, 'SHUTTING_DOWN');
});

test('nobody new is let in, but who is connected is served', async (t) => {
  const { path, server } = await serving(t);
  const from = client(t, path);
  assert.equal((await getLease(from, 'l1')).code, status.OK);
  server.stopAccepting();
  await assert.rejects(rawConnection(t, path));
  assert.equal((await getLease(from, 'l1')).code, status.OK);
});

test('a socket that listens already can be served', async (t) => {
  const { server } = await serving(t);
  const path = join(temporaryFolder(t), 'inherited.sock');
  const inherited = createServer().listen(path);
  await once(inherited, 'listening');
  await server.listen(inherited);
  assert.equal((await getLease(client(t, path), 'l1')).code, status.OK);
});

test('a path that cannot be bound is an error', async (t) => {
  const { server, path } = await serving(t);
  await assert.rejects(server.listen(path), { code: 'EADDRINUSE' });
  await assert.rejects(server.listen(join(path, 'below')), { code: 'ENOTDIR' });
});

test('a method that nobody serves is a mistake at the start', async (t) => {
  const { server } = await serving(t);
  const incomplete: object = {};
  assert.throws(() => server.register({ other: SHAPES.getLease }, Object.assign(incomplete)), /nothing serves/);
});
