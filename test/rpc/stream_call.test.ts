import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { HoldLeasesRequest, WatchLeasesResponse } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { bidi, serverStream } from '../../src/rpc/handlers.js';
import { Refusal } from '../../src/rpc/refusal.js';
import { until } from '../os/child_process.js';
import { client, endOf, serving } from './serving.js';
import { readOut, unreadWatch } from './unread_watch.js';

const role = 'viewer';

function batch(revision: number, replacedBy = ''): WatchLeasesResponse {
  return { events: [{ type: 0, revision: BigInt(revision), lease: undefined, eventTime: undefined, replacedBy }] };
}

function request(operationId: number): HoldLeasesRequest {
  return { operations: [{ operationId: BigInt(operationId), operation: undefined, traceContext: undefined }] };
}

function idOf(message: HoldLeasesRequest): number {
  return Number(message.operations[0]?.operationId);
}

test('messages and bytes arrive in the order of writing', async (t) => {
  const { path } = await serving(t, {
    watchLeases: serverStream(
      async (_request, _context, out) => {
        out.write(batch(1));
        out.write(Buffer.from(WatchLeasesResponse.encode(batch(2)).finish()));
        out.write(batch(3));
      },
      { role },
    ),
  });
  const stream = client(t, path).watchLeases({ filter: undefined });
  const revisions: bigint[] = [];
  stream.on('data', ({ events }: WatchLeasesResponse) => revisions.push(...events.map(({ revision }) => revision)));
  assert.equal((await endOf(stream)).code, status.OK);
  assert.deepEqual(revisions, [1n, 2n, 3n]);
});

test('what was written before a refusal still arrives, then the refusal', async (t) => {
  const { path } = await serving(t, {
    watchLeases: serverStream(
      async (_request, _context, out) => {
        for (let revision = 1; revision <= 100; revision += 1) out.write(batch(revision));
        throw new Refusal('COMPACTED', 'too far back', { compacted_revision: '7' });
      },
      { role },
    ),
  });
  const stream = client(t, path).watchLeases({ filter: undefined });
  let received = 0;
  stream.on('data', () => {
    received += 1;
  });
  const outcome = await endOf(stream);
  assert.equal(received, 100);
  assert.equal(outcome.code, status.OUT_OF_RANGE);
  assert.equal(outcome.reason, 'COMPACTED');
  assert.equal(outcome.metadata.get('compacted_revision'), '7');
});

test('a fault in a stream is told by an id only', async (t) => {
  const { path, logged } = await serving(t, {
    watchLeases: serverStream(async () => Promise.reject(new Error('hunter2')), { role }),
  });
  const stream = client(t, path).watchLeases({ filter: undefined }).resume();
  const outcome = await endOf(stream);
  assert.equal(outcome.reason, 'INTERNAL');
  assert.ok(!outcome.message.includes('hunter2'));
  assert.equal(logged.length, 1);
});

test('a client that does not read holds its writer up, and drained() lets it go on', async (t) => {
  let written = 0;
  let isHeldUp = false;
  const { path } = await serving(t, {
    watchLeases: serverStream(
      async (_request, _context, out) => {
        const large = batch(1, 'x'.repeat(100_000));
        for (; written < 300; written += 1) {
          isHeldUp = !out.write(large);
          if (isHeldUp) await out.drained();
        }
      },
      { role },
    ),
  });
  const stream = unreadWatch(t, path);
  let turns = 0;
  let before = -1;
  await until(() => {
    turns = isHeldUp && written === before ? turns + 1 : 0;
    before = written;
    return turns === 50;
  }, 'the writer waits');
  assert.ok(written < 300, `${written} messages were buffered`);
  assert.equal((await readOut(stream)).status, status.OK);
  assert.equal(written, 300);
});

test('a writer that does not wait is ended once too much is held back', async (t) => {
  const { path } = await serving(
    t,
    {
      watchLeases: serverStream(
        async (_request, _context, out) => {
          while (!out.closed.aborted) out.write(batch(1));
        },
        { role },
      ),
    },
    { limits: { maxBufferedMessages: 100 } },
  );
  const stream = client(t, path).watchLeases({ filter: undefined }).resume();
  const outcome = await endOf(stream);
  assert.equal(outcome.code, status.RESOURCE_EXHAUSTED);
  assert.equal(outcome.reason, 'SLOW_WATCHER');
});

test('closed fires when the caller leaves, and lets a waiting writer go', async (t) => {
  let left = false;
  const { path } = await serving(t, {
    watchLeases: serverStream(
      async (_request, _context, out) => {
        while (!out.closed.aborted) if (!out.write(batch(1))) await out.drained();
        left = true;
      },
      { role },
    ),
  });
  const stream = client(t, path).watchLeases({ filter: undefined });
  stream.on('error', () => undefined);
  await new Promise((resolve) => stream.once('readable', resolve));
  stream.cancel();
  await until(() => left, 'the handler ends');
});

test('each message of a stream of requests comes once, in order, and waits for a listener that takes time', async (t) => {
  let busy = 0;
  let most = 0;
  const { path } = await serving(t, {
    holdLeases: bidi(
      async (incoming, _context, out) => {
        await incoming.eachMessage(async (message) => {
          busy += 1;
          most = Math.max(most, busy);
          await new Promise(setImmediate);
          busy -= 1;
          out.write({ events: [] });
          seen.push(idOf(message));
        });
      },
      { role },
    ),
  });
  const seen: number[] = [];
  const stream = client(t, path).holdLeases();
  let answers = 0;
  stream.on('data', () => {
    answers += 1;
  });
  for (let id = 0; id < 500; id += 1) stream.write(request(id));
  stream.end();
  assert.equal((await endOf(stream)).code, status.OK);
  assert.deepEqual(seen, [...Array(500).keys()]);
  assert.equal(answers, 500);
  assert.equal(most, 1);
});

test('a stream of requests can be iterated, and left early', async (t) => {
  const seen: number[] = [];
  const { path } = await serving(t, {
    holdLeases: bidi(
      async (incoming, _context, out) => {
        for await (const message of incoming) {
          seen.push(idOf(message));
          await new Promise(setImmediate);
          if (seen.length === 100) break;
        }
        out.write({ events: [] });
      },
      { role },
    ),
  });
  const stream = client(t, path).holdLeases();
  let answers = 0;
  stream.on('data', () => {
    answers += 1;
  });
  for (let id = 0; id < 300; id += 1) stream.write(request(id));
  assert.equal((await endOf(stream)).code, status.OK);
  assert.deepEqual(seen, [...Array(100).keys()]);
  assert.equal(answers, 1);
});

test('iterating ends with the stream of a caller that breaks off', async (t) => {
  let ended = false;
  const { path } = await serving(t, {
    holdLeases: bidi(
      async (incoming, _context, out) => {
        for await (const _message of incoming) out.write({ events: [] });
        ended = true;
      },
      { role },
    ),
  });
  const stream = client(t, path).holdLeases();
  stream.on('error', () => undefined);
  stream.write(request(1));
  await new Promise((resolve) => stream.once('data', resolve));
  stream.cancel();
  await until(() => ended, 'the handler ends');
});

test('a listener that throws ends the call with what it threw', async (t) => {
  const { path } = await serving(t, {
    holdLeases: bidi(
      async (incoming) => {
        await incoming.eachMessage(() => {
          throw new Refusal('TOO_MANY', 'too many operations');
        });
      },
      { role },
    ),
  });
  const stream = client(t, path).holdLeases().resume();
  stream.write(request(1));
  assert.equal((await endOf(stream)).reason, 'TOO_MANY');
});

test('bytes that are no message end a stream of requests with a reason, read either way', async (t) => {
  const each = bidi<HoldLeasesRequest, { events: [] }>(
    async (incoming) => {
      await incoming.eachMessage(() => undefined);
    },
    { role },
  );
  const iterated = bidi<HoldLeasesRequest, { events: [] }>(
    async (incoming) => {
      for await (const message of incoming) idOf(message);
    },
    { role },
  );
  for (const holdLeases of [each, iterated]) {
    const { path } = await serving(t, { holdLeases });
    const stream = client(t, path).makeBidiStreamRequest(
      '/tenure.lease.v1.LeaseService/HoldLeases',
      (bytes: Buffer) => bytes,
      (bytes) => bytes,
    );
    stream.resume();
    stream.write(Buffer.from(HoldLeasesRequest.encode(request(1)).finish()));
    stream.write(Buffer.from([0x0a, 0xff, 0xff]));
    assert.equal((await endOf(stream)).reason, 'INVALID_FIELD');
  }
});
