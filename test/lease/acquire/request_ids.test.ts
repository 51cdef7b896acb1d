import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeaseMode } from '@tenure/client/gen/tenure/lease/v1/lease';
import { RequestIds } from '../../../src/lease/acquire/request_ids.js';
import { granted, isRefusal, outcomes, Room } from '../room.js';

const wish = (resource: string) => ({ resource, mode: LeaseMode.EXCLUSIVE, capacity: undefined });
const forever = { $case: 'waitForever', value: true } as const;

test('a request id does not answer for resources that were not in its request', async (t) => {
  const room = await Room.open(t);
  granted(await room.acquire({ wishes: [wish('a')], requestId: 'r' }));
  await assert.rejects(
    room.acquire({ wishes: [wish('a'), wish('b')], requestId: 'r' }),
    isRefusal('REQUEST_ID_REUSED'),
  );
});

test('a retried set answers for what was inherited as well as for what was granted', async (t) => {
  const room = await Room.open(t);
  const { inheritToken } = granted(await room.acquire({ wishes: [wish('a')], clientId: 'parent' }));
  const request = { wishes: [wish('b'), wish('a')], inheritTokens: [inheritToken], requestId: 'r', clientId: 'child' };
  const first = await room.acquire(request);
  const again = await room.acquire(request);
  assert.deepEqual(outcomes(first), ['granted', 'inherited']);
  assert.deepEqual(outcomes(again), outcomes(first));
  assert.equal(granted(again).ownerToken, granted(first).ownerToken);
});

test('a retry that waits beside its first try gets the same grant', async (t) => {
  const room = await Room.open(t);
  const before = granted(await room.acquire({ wishes: [wish('a')], clientId: 'other' }));
  const request = { wishes: [wish('a')], requestId: 'r', wait: forever };
  const tries = [room.acquire(request), room.acquire(request)];
  await room.release(before.ownerToken);
  const [first, second] = (await Promise.all(tries)).map((response) => granted(response).lease?.leaseId);
  assert.equal(first, second);
});

test('a grant that was undone is forgotten under the uid that asked, whosever process it was for', () => {
  const requests = new RequestIds();
  const lease = { leaseId: 'l1', requestId: 'r', askerUid: 0, holder: { uid: 1_000 } };
  requests.changed(undefined, lease, 0);
  assert.deepEqual(requests.find(0, 'r', 0), ['l1']);
  requests.changed(lease, undefined, 0);
  requests.forget(lease);
  assert.equal(requests.find(0, 'r', 0), undefined);
});
