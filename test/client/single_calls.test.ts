import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import { durationFromMillis, isTenureError } from '@tenure/client';
import type { AcquireLeaseRequest, AcquireLeaseResponse } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { FakeDaemon, refusal } from './fake_daemon.js';
import { until } from './until.js';

type Acquire = (
  call: ServerUnaryCall<AcquireLeaseRequest, AcquireLeaseResponse>,
  answer: sendUnaryData<AcquireLeaseResponse>,
) => void;

/** A daemon whose AcquireLease does as told. */
async function daemonThat(context: Parameters<typeof FakeDaemon.start>[0], acquire: Acquire): Promise<FakeDaemon> {
  const daemon = await FakeDaemon.start(context);
  daemon.acquireLease = acquire;
  return daemon;
}

const granted: AcquireLeaseResponse = { results: [] };

test('fields left out are sent as their defaults', async (context) => {
  let seen: AcquireLeaseRequest | undefined;
  const daemon = await daemonThat(context, ({ request }, answer) => {
    seen = request;
    answer(null, granted);
  });
  const client = await daemon.client();
  await client.leases.acquireLease({ wishes: [{ resource: 'demo' }], reason: undefined, ttl: durationFromMillis(5) });
  assert.ok(seen !== undefined);
  assert.deepEqual(seen.wishes, [{ resource: 'demo', mode: 0, capacity: undefined }]);
  assert.equal(seen.reason, '');
  assert.deepEqual(seen.ttl, { seconds: 0n, nanos: 5_000_000 });
  assert.deepEqual(seen.attachPids, []);
});

test('the reason of a refusal, its metadata and its status reach the caller', async (context) => {
  const daemon = await daemonThat(context, (_, answer) =>
    answer(refusal(status.FAILED_PRECONDITION, 'CAPACITY_MISMATCH', { capacity: '4' })),
  );
  const client = await daemon.client();
  await assert.rejects(client.leases.acquireLease({ wishes: [] }), (error) => {
    assert.ok(isTenureError(error, 'CAPACITY_MISMATCH'));
    assert.equal(error.code, status.FAILED_PRECONDITION);
    assert.deepEqual(error.metadata, { capacity: '4' });
    assert.equal(error.message, 'refused: CAPACITY_MISMATCH');
    return true;
  });
});

test('a reason that this client does not know is UNSPECIFIED, not a fault', async (context) => {
  const daemon = await daemonThat(context, (_, answer) => answer(refusal(status.ABORTED, 'FROM_THE_FUTURE')));
  const client = await daemon.client();
  await assert.rejects(client.leases.acquireLease({ wishes: [] }), (error) => isTenureError(error, 'UNSPECIFIED'));
});

test('a call whose connection broke is made again with the same request id', async (context) => {
  const ids: string[] = [];
  const daemon = await daemonThat(context, ({ request }, answer) => {
    ids.push(request.requestId);
    if (ids.length === 1) {
      daemon.breakConnections();
    } else {
      answer(null, granted);
    }
  });
  const client = await daemon.client();
  assert.deepEqual(await client.leases.acquireLease({ wishes: [{ resource: 'demo' }] }), granted);
  assert.equal(ids.length, 2);
  assert.equal(ids[0], ids[1]);
  assert.notEqual(ids[0], '');
});

test('a call made while the daemon restarts is answered when it is back', async (context) => {
  const daemon = await daemonThat(context, (_, answer) => answer(null, granted));
  const client = await daemon.client();
  await daemon.stop();
  const calling = client.leases.acquireLease({ wishes: [] });
  await daemon.start();
  assert.deepEqual(await calling, granted);
});

test('a daemon that does not answer is UNREACHABLE after the time limit', async (context) => {
  const daemon = await daemonThat(context, () => undefined);
  const client = await daemon.client();
  await assert.rejects(client.leases.acquireLease({ wishes: [] }, { timeoutMs: 100 }), (error) =>
    isTenureError(error, 'UNREACHABLE'),
  );
});

test('the time limit does not cut a wait short', async (context) => {
  const daemon = await daemonThat(context, (_, answer) => setTimeout(answer, 1_500, null, granted));
  const client = await daemon.client(1_000);
  const waits = [
    { $case: 'waitTimeout', value: durationFromMillis(10_000) },
    { $case: 'waitForever', value: true },
  ] as const;
  for (const wait of waits) {
    assert.deepEqual(await client.leases.acquireLease({ wishes: [], wait }), granted);
  }
});

test('aborting ends the call at the daemon and throws CANCELLED', async (context) => {
  let cancelled = false;
  const daemon = await daemonThat(context, (call) => {
    call.on('cancelled', () => {
      cancelled = true;
    });
    controller.abort();
  });
  const controller = new AbortController();
  const client = await daemon.client();
  await assert.rejects(client.leases.acquireLease({ wishes: [] }, { signal: controller.signal }), (error) =>
    isTenureError(error, 'CANCELLED'),
  );
  await until('the daemon sees it', () => cancelled);
});

test('a closed client refuses calls', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const client = await daemon.client();
  await client.close();
  await client.close();
  await assert.rejects(client.leases.listLeases(), (error) => isTenureError(error, 'CANCELLED'));
  await assert.rejects(client.hold().acquire({ resource: 'demo' }), (error) => isTenureError(error, 'CANCELLED'));
});
