import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AttachRole, type Blocker } from '@tenure/client';
import { AttachedProcess, Holder, Lease } from '@tenure/client/gen/tenure/lease/v1/lease';
import { Waiter } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { deferralOf } from '../../../src/orchestrator/runs/deferral_rules.js';

const NOTHING = new Uint8Array();
const OWN_PID = 7;
const OWN = new Map([['r1', { task: 'two-wait', resources: ['heavy'] }]]);

const process = (role: AttachRole, pid: number, command: string) => ({
  ...AttachedProcess.decode(NOTHING),
  role,
  pid,
  command,
});
const holder = (pid: number) => ({ ...Holder.decode(NOTHING), pid });

const lease: Blocker = {
  blocker: {
    $case: 'lease',
    value: {
      ...Lease.decode(NOTHING),
      resource: 'heavy',
      holder: holder(11),
      attached: [process(AttachRole.HOLDER, 11, 'tenure.cjs'), process(AttachRole.COMMAND, 12, 'sleep')],
      reason: 'a release is due',
    },
  },
};
const ownWaiter: Blocker = {
  blocker: {
    $case: 'waiter',
    value: { ...Waiter.decode(NOTHING), resource: 'heavy', holder: holder(OWN_PID) },
  },
};

test('the holder is the command that runs under the lease, with its reason', () => {
  const { reasonCode, holder: who } = deferralOf([lease], OWN, OWN_PID);
  assert.deepEqual(
    [reasonCode, who?.pid, who?.description, who?.reason],
    ['lease-held', 12, 'sleep', 'a release is due'],
  );
});

test('behind an own run that only waits it is backpressure, and who holds the lease is told', () => {
  const { reasonCode, blockingTask, holder: who } = deferralOf([lease, ownWaiter], OWN, OWN_PID);
  assert.deepEqual([reasonCode, blockingTask, who?.pid], ['backpressure', 'two-wait', 12]);
  assert.equal(deferralOf([ownWaiter], OWN, OWN_PID).error, 'two-wait waits before it');
});
