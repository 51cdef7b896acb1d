import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metadata, status } from '@grpc/grpc-js';
import { unary } from '../../src/rpc/handlers.js';
import { Refusal } from '../../src/rpc/refusal.js';
import { until } from '../os/child_process.js';
import { client, getLease, serving } from './serving.js';

test('a plain value and a promise are both answered', async (t) => {
  const answer = { lease: undefined };
  for (const run of [() => answer, async () => answer]) {
    const { path } = await serving(t, { getLease: unary(run, { role: 'viewer' }) });
    assert.equal((await getLease(client(t, path), 'l1')).code, status.OK);
  }
});

test('a refusal reaches the caller with its reason, thrown or rejected', async (t) => {
  const refusal = new Refusal('LEASE_ENDED', 'lease l1 has ended “gestern”', { end: 'expired' });
  const thrown = (): never => {
    throw refusal;
  };
  for (const run of [thrown, async () => thrown()]) {
    const { path, logged } = await serving(t, { getLease: unary(run, { role: 'viewer' }) });
    const outcome = await getLease(client(t, path), 'l1');
    assert.equal(outcome.code, status.FAILED_PRECONDITION);
    assert.equal(outcome.reason, 'LEASE_ENDED');
    assert.equal(outcome.message, 'lease l1 has ended “gestern”');
    assert.deepEqual(outcome.metadata, new Map([['end', 'expired']]));
    assert.deepEqual(logged, []);
  }
});

test('a fault is told by an id only, and the log has the rest', async (t) => {
  const { path, logged } = await serving(t, {
    getLease: unary(
      async () => {
        throw new Error('the key is hunter2');
      },
      { role: 'viewer' },
    ),
  });
  const outcome = await getLease(client(t, path), 'l1');
  assert.equal(outcome.code, status.INTERNAL);
  assert.equal(outcome.reason, 'INTERNAL');
  assert.ok(!outcome.message.includes('hunter2'));
  const id = outcome.metadata.get('id') ?? 'none';
  assert.ok(outcome.message.includes(id));
  assert.equal(logged.length, 1);
  assert.match(JSON.stringify(logged[0]?.fields), new RegExp(id));
});

test('a message that cannot be written to a header is still told', async (t) => {
  const text = `half a pair: \ud800, and long: ${'x'.repeat(100_000)}`;
  const { path } = await serving(t, {
    getLease: unary(
      () => {
        throw new Refusal('INVALID_FIELD', text, { field: text });
      },
      { role: 'viewer' },
    ),
  });
  const outcome = await getLease(client(t, path), 'l1');
  assert.equal(outcome.reason, 'INVALID_FIELD');
  assert.match(outcome.message, /^half a pair: \ufffd, and long: x+…$/);
});

test('each role may do what the lower ones may, and no more', async (t) => {
  const roles = ['viewer', 'client', 'operator'] as const;
  for (const [rank, role] of roles.entries()) {
    for (const [needed, required] of roles.entries()) {
      const { path } = await serving(
        t,
        { getLease: unary(() => ({ lease: undefined }), { role: required }) },
        { role },
      );
      const outcome = await getLease(client(t, path), 'l1');
      assert.equal(outcome.reason, rank >= needed ? undefined : 'ROLE_DENIED', `${role} calls for ${required}`);
      if (rank < needed) assert.equal(outcome.code, status.PERMISSION_DENIED);
    }
  }
});

test('a peer without a role is told so on every call, and the log has it once', async (t) => {
  const { path, logged } = await serving(t, {}, { role: undefined });
  const from = client(t, path);
  for (let call = 0; call < 3; call += 1) {
    const outcome = await getLease(from, 'l1');
    assert.equal(outcome.code, status.PERMISSION_DENIED);
    assert.equal(outcome.reason, 'ROLE_DENIED');
    assert.match(outcome.message, /configuration/);
  }
  assert.equal(logged.filter(({ level }) => level === 'warn').length, 1);
});

test('the signal fires when the caller gives up or its deadline passes', async (t) => {
  const reasons: unknown[] = [];
  let calls = 0;
  const { path } = await serving(t, {
    getLease: unary(
      (_request, { signal }) =>
        new Promise((_resolve, reject) => {
          calls += 1;
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason);
            reject(signal.reason);
          });
        }),
      { role: 'viewer' },
    ),
  });
  const from = client(t, path);
  const call = from.getLease({ leaseId: 'l1' }, () => undefined);
  await until(() => calls === 1, 'the call arrives');
  call.cancel();
  await until(() => reasons.length === 1, 'the cancel arrives');
  from.getLease({ leaseId: 'l1' }, new Metadata(), { deadline: Date.now() + 2_000 }, () => undefined);
  await until(() => reasons.length === 2, 'the deadline passes');
  assert.ok(reasons.every((reason) => reason instanceof Refusal && reason.reason === 'CANCELLED'));
});

test('the signal of an answered call stays silent', async (t) => {
  const signals: AbortSignal[] = [];
  const { path, server } = await serving(t, {
    getLease: unary(
      async (_request, { signal }) => {
        signals.push(signal);
        return { lease: undefined };
      },
      { role: 'viewer' },
    ),
  });
  const from = client(t, path);
  assert.equal((await getLease(from, 'l1')).code, status.OK);
  from.close();
  await until(() => server.connectionCount === 0, 'the connection ends');
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [false],
  );
});

test('bytes that are no message, and messages that are too large, are refused with a reason', async (t) => {
  const { path } = await serving(t, {}, { limits: { maxMessageBytes: 1000 } });
  const from = client(t, path);
  const send = (bytes: Buffer): Promise<string> =>
    new Promise((resolve) => {
      from.makeUnaryRequest(
        '/tenure.lease.v1.LeaseService/GetLease',
        () => bytes,
        (answer) => answer,
        undefined,
        (error) => {
          const details = error?.metadata.get('grpc-status-details-bin').join() ?? '';
          resolve(`${error?.code} ${/INVALID_FIELD|TOO_MANY/.exec(details)?.[0]}`);
        },
      );
    });
  assert.equal(await send(Buffer.from([0x0a, 0xff, 0xff])), `${status.INVALID_ARGUMENT} INVALID_FIELD`);
  assert.equal(await send(Buffer.alloc(1001)), `${status.RESOURCE_EXHAUSTED} TOO_MANY`);
  assert.equal(await send(Buffer.alloc(1_000_000)), `${status.RESOURCE_EXHAUSTED} undefined`);
  assert.equal((await getLease(from, 'l1')).code, status.OK);
});

test('too much metadata is refused, and a flood of it harms nobody', async (t) => {
  const { path } = await serving(t, {}, { limits: { maxMetadataBytes: 2000 } });
  const from = client(t, path);
  const flood = (bytes: number, pairs: number): Metadata => {
    const metadata = new Metadata();
    for (let pair = 0; pair < pairs; pair += 1) metadata.add(`x-${pair}`, 'v'.repeat(bytes / pairs));
    return metadata;
  };
  assert.equal((await getLease(from, 'l1', flood(1000, 10))).code, status.OK);
  const refused = await getLease(from, 'l1', flood(4000, 10));
  assert.equal(refused.code, status.RESOURCE_EXHAUSTED);
  assert.equal(refused.reason, 'TOO_MANY');
  assert.notEqual((await getLease(from, 'l1', flood(200_000, 10))).code, status.OK);
  assert.notEqual((await getLease(from, 'l1', flood(20_000, 1000))).code, status.OK);
  assert.equal((await getLease(client(t, path), 'l1')).code, status.OK);
});
