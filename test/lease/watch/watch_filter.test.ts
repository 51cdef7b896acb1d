import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Lease, LeaseState } from '@tenure/client/gen/tenure/lease/v1/lease';
import { type LeaseEvent, LeaseEventType, type LeaseFilter } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import fc from 'fast-check';
import { WatchFilter } from '../../../src/lease/watch/watch_filter.js';
import { isAtOrBelow } from '../../../src/rpc/resource_prefix.js';
import { eventOf, LeaseWorld, leaseOf } from '../lease_world.js';
import { filters, happenings } from './watch_arbitraries.js';

function watched(filter: LeaseFilter, event: LeaseEvent): LeaseEventType | undefined {
  const { lease, type } = event;
  assert.ok(lease);
  return new WatchFilter(filter).typeFor({
    type,
    resource: lease.resource,
    clientId: lease.clientId,
    state: lease.state,
  });
}

function selects(filter: LeaseFilter, lease: Lease): boolean {
  return new WatchFilter(filter).selects(lease);
}

const name = (resourcePrefix: string, clientId = ''): LeaseFilter => ({ resourcePrefix, clientId, states: [] });
const states = (...wanted: LeaseState[]): LeaseFilter => ({ resourcePrefix: '', clientId: '', states: wanted });

test('a prefix selects the resource and what is below it, not what only begins alike', () => {
  assert.ok(selects(name('dir/home'), leaseOf({ resource: 'dir/home' })));
  assert.ok(selects(name('dir/home'), leaseOf({ resource: 'dir/home/me' })));
  assert.ok(!selects(name('dir/home'), leaseOf({ resource: 'dir/homework' })));
  assert.ok(!selects(name('dir/home'), leaseOf({ resource: 'dir' })));
  assert.ok(selects(name(''), leaseOf({ resource: 'dir' })));
});

test('prefixes select as everywhere else in leases', () => {
  const segments = fc.array(fc.constantFrom('a', 'b', 'ab', ''), { maxLength: 4 }).map((parts) => parts.join('/'));
  fc.assert(
    fc.property(segments, segments, (prefix, resource) => {
      assert.equal(selects(name(prefix), leaseOf({ resource })), isAtOrBelow(resource, prefix));
    }),
    { numRuns: 1_000 },
  );
});

test('a client is selected by its exact name', () => {
  assert.ok(selects(name('', 'night'), leaseOf({ clientId: 'night' })));
  assert.ok(!selects(name('', 'night'), leaseOf({ clientId: 'nightly' })));
});

test('an empty filter selects all', () => {
  assert.ok(new WatchFilter(undefined).selectsAll);
  assert.ok(new WatchFilter(name('')).selectsAll);
  assert.ok(!new WatchFilter(name('a')).selectsAll);
  assert.ok(!new WatchFilter(name('', 'c')).selectsAll);
  assert.ok(!new WatchFilter(states(LeaseState.ACTIVE)).selectsAll);
});

test('a lease that drains leaves a watch of active ones as removed, and enters one of draining ones as it is', () => {
  const drains = eventOf(LeaseEventType.RELEASED, leaseOf({ state: LeaseState.DRAINING }));
  assert.equal(watched(states(LeaseState.ACTIVE), drains), LeaseEventType.REMOVED);
  assert.equal(watched(states(LeaseState.DRAINING), drains), LeaseEventType.RELEASED);
});

test('an end is told with its own type to who saw the lease, and to who asks for ends', () => {
  const ended = eventOf(LeaseEventType.EXPIRED, leaseOf({ state: LeaseState.ENDED }));
  assert.equal(watched(states(LeaseState.ACTIVE), ended), LeaseEventType.EXPIRED);
  assert.equal(watched(states(LeaseState.DRAINING), ended), undefined);
  assert.equal(watched(states(LeaseState.ENDED), ended), LeaseEventType.EXPIRED);
  const drained = eventOf(LeaseEventType.DRAINED, leaseOf({ state: LeaseState.ENDED }));
  assert.equal(watched(states(LeaseState.ACTIVE), drained), undefined);
  assert.equal(watched(states(LeaseState.DRAINING), drained), LeaseEventType.DRAINED);
});

test('what goes out, folded over the snapshot, is what the filter selects of all leases at any time', () => {
  fc.assert(
    fc.property(filters, happenings(0, 40), happenings(1, 60), (filter, earlier, later) => {
      const world = new LeaseWorld();
      for (const happening of earlier) world.happen(happening);
      const selected = () => [...world.live].filter(([, lease]) => selects(filter, lease));
      const folded = new Map<string, Lease>(selected());
      for (const happening of later) {
        const event = world.happen(happening);
        const lease = event?.lease;
        if (event === undefined || lease === undefined) continue;
        const type = watched(filter, event);
        if (type === LeaseEventType.REMOVED) {
          assert.ok(folded.delete(lease.leaseId), 'removed what was there');
        } else if (type !== undefined) {
          assert.equal(type, event.type);
          if (lease.state === LeaseState.ENDED) folded.delete(lease.leaseId);
          else folded.set(lease.leaseId, lease);
        }
        assert.deepEqual(new Map(folded), new Map(selected()));
      }
    }),
  );
});

test('nothing goes out that the filter never selected, and nothing of it is kept back', () => {
  fc.assert(
    fc.property(filters, happenings(1, 80), (filter, all) => {
      const world = new LeaseWorld();
      for (const happening of all) {
        const event = world.happen(happening);
        if (event?.lease === undefined) continue;
        const before = world.before.get(event.revision);
        const matched = before !== undefined && selects(filter, { ...event.lease, state: before });
        assert.equal(watched(filter, event) !== undefined, matched || selects(filter, event.lease));
      }
    }),
  );
});
