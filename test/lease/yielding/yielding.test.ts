import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeaseMode } from '@tenure/client/gen/tenure/lease/v1/lease';
import {
  AcquireLeaseRequest,
  type RequestYieldRequest,
  type RequestYieldResponse,
} from '@tenure/client/gen/tenure/lease/v1/lease_service';
import type { CallContext } from '../../../src/rpc/context.js';
import { contextOf, granted, type HoldWire, isRefusal, Room } from '../room.js';

function acquireOf(resource: string): AcquireLeaseRequest {
  const wishes = [{ resource, mode: LeaseMode.EXCLUSIVE, capacity: undefined }];
  return { ...AcquireLeaseRequest.decode(new Uint8Array()), wishes, clientId: resource };
}

async function ask(
  room: Room,
  target: RequestYieldRequest['target'],
  context: CallContext = contextOf(process.pid, 'client'),
): Promise<RequestYieldResponse> {
  return room.leases.handlers.requestYield.run({ target, reason: 'a release is due' }, context);
}

async function heldOn(wire: HoldWire, resource: string) {
  wire.send({ operationId: 1n, operation: { $case: 'acquire', value: acquireOf(resource) } });
  const response = await wire.next((event) =>
    event.$case === 'result' && event.value.result?.$case === 'acquired' ? event.value.result.value : undefined,
  );
  return granted(response);
}

function reasonsHeard(wire: HoldWire): string[] {
  return wire.received.flatMap((event) => (event.$case === 'yieldRequested' ? [event.value.reason] : []));
}

test('a holder hears who asks and why; its lease stays, and shows the wish until it ends', async (t) => {
  const room = await Room.open(t);
  const wire = room.hold();
  const { lease, ownerToken } = await heldOn(wire, 'a');
  const { asked } = await ask(room, { $case: 'resource', value: 'a' });
  assert.deepEqual(
    asked.map((one) => [one.lease?.leaseId, one.told]),
    [[lease?.leaseId, true]],
  );
  const heard = await wire.next((event) => (event.$case === 'yieldRequested' ? event.value : undefined));
  assert.deepEqual(
    [heard.leaseId, heard.reason, heard.requester?.pid],
    [lease?.leaseId, 'a release is due', process.pid],
  );
  const { holders } = await room.explain('a');
  assert.equal(holders[0]?.yieldRequest?.reason, 'a release is due');
  const event = room.events.find(({ action }) => action === 'lease.yield_requested');
  assert.equal(event?.actor?.pid, process.pid);
  await room.release(ownerToken);
  await heldOn(room.hold(), 'a');
  assert.equal((await room.explain('a')).holders[0]?.yieldRequest, undefined);
});

test('a client that was away hears of it when it takes its lease up again', async (t) => {
  const room = await Room.open(t);
  const wire = room.hold();
  const { lease, ownerToken } = await heldOn(wire, 'a');
  wire.end();
  await wire.done;
  const { asked } = await ask(room, { $case: 'leaseId', value: lease?.leaseId ?? '' });
  assert.equal(asked[0]?.told, false);
  const again = room.hold();
  again.send({ operationId: 1n, operation: { $case: 'resume', value: { ownerToken } } });
  await again.result(1n);
  assert.deepEqual(reasonsHeard(again), ['a release is due']);
});

test('a free resource has nobody to ask; a lease that is not there, or another user’s, is refused', async (t) => {
  const room = await Room.open(t);
  assert.deepEqual((await ask(room, { $case: 'resource', value: 'free' })).asked, []);
  await assert.rejects(ask(room, { $case: 'leaseId', value: 'l1' }), isRefusal('LEASE_NOT_FOUND'));
  await assert.rejects(ask(room, undefined), isRefusal('INVALID_FIELD'));
  const wire = room.hold();
  await heldOn(wire, 'a');
  const other = contextOf(process.pid, 'client');
  const foreign = { ...other, peer: { ...other.peer, uid: other.peer.uid + 1 } };
  await assert.rejects(ask(room, { $case: 'resource', value: 'a' }, foreign), isRefusal('ROLE_DENIED'));
  assert.deepEqual(reasonsHeard(wire), []);
  const operator = { ...foreign, peer: { ...foreign.peer, role: 'operator' as const } };
  assert.equal((await ask(room, { $case: 'resource', value: 'a' }, operator)).asked[0]?.told, true);
});
