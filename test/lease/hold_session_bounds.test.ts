import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AcquireLeaseRequest,
  AcquireLeaseResponse,
  type HoldOperation,
  LeaseGranted,
} from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { HoldSession, type HoldSessionParts } from '../../src/lease/hold_session.js';
import { leaseOf } from './lease_world.js';
import { peerOf } from './room.js';

const REQUEST = AcquireLeaseRequest.decode(new Uint8Array());

/** A manager that grants and ends leases numbered from 1, and notes whom it is told to forget. */
function numberedLeases(forgotten: string[]): HoldSessionParts['manager'] {
  let count = 0;
  const refuse = (): never => {
    throw new Error('not asked for here');
  };
  return {
    acquire: (_request, _via, asker) => {
      count += 1;
      const lease = leaseOf({ leaseId: `l${count}`, resource: 'a' });
      const value = { ...LeaseGranted.decode(new Uint8Array()), lease };
      const results = [{ resource: 'a', outcome: { $case: 'granted' as const, value }, staleInheritance: false }];
      asker.answer({ ...AcquireLeaseResponse.decode(new Uint8Array()), results });
      return undefined;
    },
    release: (ownerToken) => ({ outcome: { $case: 'released', value: leaseOf({ leaseId: ownerToken }) } }),
    resume: (ownerToken) => Promise.resolve({ outcome: { $case: 'renewed', value: leaseOf({ leaseId: ownerToken }) } }),
    unbind: (leaseId) => void forgotten.push(leaseId),
    attach: refuse,
    cancel: refuse,
    renew: refuse,
  };
}

function sessionOf(manager: HoldSessionParts['manager']): HoldSession {
  const closed = new AbortController().signal;
  return new HoldSession({
    manager,
    peer: peerOf(process.pid),
    out: { write: () => true, drained: () => Promise.resolve(), buffered: 0, closed },
    watch: { run: (_operation, work) => work(), settled: () => undefined, close: () => undefined },
    internal: (error) => {
      throw error;
    },
  });
}

function send(session: HoldSession, operationId: bigint, operation: HoldOperation['operation']): void {
  void session.receive({ operations: [{ operationId, operation, traceContext: undefined }] });
}

test('a stream on which leases come and go for months keeps nothing of those that its client gave back', () => {
  const forgotten: string[] = [];
  const session = sessionOf(numberedLeases(forgotten));
  for (let count = 1n; count <= 1_000n; count += 1n) {
    send(session, 2n * count, { $case: 'acquire', value: REQUEST });
    if (count !== 7n) send(session, 2n * count + 1n, { $case: 'release', value: { ownerToken: `l${count}` } });
  }
  session.close();
  assert.deepEqual(forgotten, ['l7']);
});

test('a lease that is taken up again on a stream that breaks meanwhile is not listened for any more', async () => {
  const forgotten: string[] = [];
  const session = sessionOf(numberedLeases(forgotten));
  send(session, 1n, { $case: 'resume', value: { ownerToken: 'l1' } });
  session.close();
  await session.answered();
  assert.deepEqual(forgotten, ['l1']);
});
