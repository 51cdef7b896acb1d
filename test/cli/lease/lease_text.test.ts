import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Blocker } from '@tenure/client';
import { Lease } from '@tenure/client/gen/tenure/lease/v1/lease';
import { Waiter } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { describeHeld } from '../../../src/cli/lease/lease_text.js';

const NOTHING = new Uint8Array();

const held = (blockers: Blocker[], queueLength = 0) =>
  describeHeld({ blockers, queueLength, withheldForSet: false, ancestorLeaseId: '' });
const lease = (): Blocker => ({ blocker: { $case: 'lease', value: { ...Lease.decode(NOTHING), clientId: 'c' } } });
const waiter = (): Blocker => ({ blocker: { $case: 'waiter', value: Waiter.decode(NOTHING) } });

test('what is held says how many more hold it, and counts who waits once', () => {
  assert.equal(held([lease()]), 'held by client c (while it runs)');
  assert.equal(held([lease(), waiter(), waiter()], 2), 'held by client c (while it runs), 2 waiting');
  assert.equal(held([lease(), lease(), waiter()], 1), 'held by client c (while it runs), and 1 more holder, 1 waiting');
  assert.equal(held([lease(), lease(), lease()]), 'held by client c (while it runs), and 2 more holders');
});
