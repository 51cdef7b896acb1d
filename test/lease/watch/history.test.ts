import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeaseState } from '@tenure/client/gen/tenure/lease/v1/lease';
import { LeaseEvent, LeaseEventType, WatchLeasesResponse } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import fc from 'fast-check';
import { LeaseHistory } from '../../../src/lease/watch/history.js';
import { HistoryEvent } from '../../../src/lease/watch/history_event.js';
import { eventOf, LeaseWorld, leaseOf } from '../lease_world.js';
import { happenings } from './watch_arbitraries.js';

function acquired(revision: number, reason = ''): HistoryEvent {
  return HistoryEvent.encode(
    eventOf(LeaseEventType.ACQUIRED, leaseOf({ resource: 'r', reason, revision: BigInt(revision) })),
  );
}

function revisionsAfter(history: LeaseHistory, revision: number): number[] {
  const revisions: number[] = [];
  for (let index = history.indexAfter(revision); index < history.length; index += 1) {
    revisions.push(history.at(index)?.revision ?? Number.NaN);
  }
  return revisions;
}

test('an event is kept as the store writes it, and its frames in a row are a response', () => {
  fc.assert(
    fc.property(happenings(1, 20), fc.array(fc.nat({ max: 40_000 }), { maxLength: 3 }), (all, lengths) => {
      const world = new LeaseWorld();
      const events = all.flatMap((happening) => world.happen(happening) ?? []);
      for (const length of lengths) {
        events.push(eventOf(LeaseEventType.UPDATED, leaseOf({ reason: 'x'.repeat(length), revision: 1n })));
      }
      const kept = events.map((event) => HistoryEvent.encode(event));
      for (const [index, { bytes }] of kept.entries()) assert.deepEqual(LeaseEvent.decode(bytes), events[index]);
      const response = WatchLeasesResponse.decode(Buffer.concat(kept.map(({ frame }) => frame)));
      assert.deepEqual(response.events, events);
      assert.deepEqual(
        Buffer.concat(kept.map(({ frame }) => frame)),
        Buffer.from(WatchLeasesResponse.encode({ events }).finish()),
      );
    }),
  );
});

test('a restored event is the event that was kept', () => {
  const lease = leaseOf({ resource: 'gpu', clientId: 'nightly', state: LeaseState.DRAINING, revision: 7n });
  const event = HistoryEvent.encode(eventOf(LeaseEventType.RELEASED, lease));
  const restored = HistoryEvent.restore(7, event.bytes);
  assert.deepEqual(restored.frame, event.frame);
  assert.deepEqual(restored.facts, event.facts);
  assert.deepEqual(event.facts, {
    type: LeaseEventType.RELEASED,
    resource: 'gpu',
    clientId: 'nightly',
    state: LeaseState.DRAINING,
  });
});

test('an event that can not be encoded leaves nothing behind in the next one', () => {
  const event = eventOf(LeaseEventType.ACQUIRED, leaseOf({ resource: 'r', reason: 'first', revision: 7n }));
  const frame = HistoryEvent.encode(event).frame;
  assert.throws(() =>
    HistoryEvent.encode(eventOf(LeaseEventType.ACQUIRED, leaseOf({ reason: 'other', revision: -1n }))),
  );
  assert.throws(() => HistoryEvent.encode({ ...event, lease: leaseOf({ reason: 'other', fencingToken: -1n }) }));
  assert.deepEqual(HistoryEvent.encode(event).frame, frame);
});

test('a mark is no event of the history', () => {
  const mark = { type: LeaseEventType.BOOKMARK, revision: 7n, lease: undefined, eventTime: undefined, replacedBy: '' };
  assert.throws(() => HistoryEvent.encode(mark), /names no lease/);
});

test('it keeps the newest events within both bounds and says up to where the others are gone', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.nat({ max: 300 })), { maxLength: 9 })),
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 400, max: 5_000 }),
      (appends, maxEvents, maxBytes) => {
        const compactions: number[] = [];
        const history = new LeaseHistory({ maxEvents, maxBytes, onCompact: (revision) => compactions.push(revision) });
        const all: HistoryEvent[] = [];
        for (const append of appends) {
          const events: HistoryEvent[] = [];
          for (const [step, length] of append) {
            const last = events.at(-1) ?? all.at(-1);
            events.push(acquired((last?.revision ?? 0) + step, 'x'.repeat(length)));
          }
          history.append(events);
          all.push(...events);
          const kept = revisionsAfter(history, history.compactedRevision);
          assert.deepEqual(
            kept,
            all.map(({ revision }) => revision).filter((revision) => revision > history.compactedRevision),
          );
          assert.ok(kept.length <= maxEvents);
          const bytes = all.slice(all.length - kept.length).reduce((sum, { frame }) => sum + frame.length, 0);
          assert.ok(kept.length === 0 || bytes <= maxBytes);
          assert.equal(history.compactedRevision, compactions.at(-1) ?? 0);
          assert.equal(history.latestRevision, all.at(-1)?.revision ?? 0);
          for (const revision of [0, history.compactedRevision, ...kept]) {
            assert.deepEqual(
              revisionsAfter(history, revision),
              kept.filter((other) => other > revision),
            );
          }
        }
      },
    ),
  );
});

test('it drops many at a time', () => {
  let compactions = 0;
  const history = new LeaseHistory({
    maxEvents: 1_000,
    onCompact: () => {
      compactions += 1;
    },
  });
  for (let revision = 1; revision <= 10_000; revision += 1) history.append([acquired(revision)]);
  assert.ok(history.length >= 875);
  assert.ok(compactions <= 80, `${compactions} compactions`);
});

test('events go in revision order, after what was said to be known', () => {
  const history = new LeaseHistory({ onCompact: () => undefined });
  history.append([acquired(5), acquired(7)]);
  assert.throws(() => history.append([acquired(7)]), /revision order/);
  history.advance(20);
  assert.equal(history.latestRevision, 20);
  assert.throws(() => history.append([acquired(20)]), /revision order/);
  history.advance(10);
  assert.equal(history.latestRevision, 20);
  history.append([acquired(21)]);
  assert.deepEqual(revisionsAfter(history, 6), [7, 21]);
});

test('it goes on after a restart where it was, from what the store kept', () => {
  const history = new LeaseHistory({ onCompact: () => assert.fail('nothing to drop') });
  history.restore([acquired(5), acquired(7), acquired(9)], 5);
  assert.equal(history.compactedRevision, 5);
  assert.equal(history.latestRevision, 9);
  assert.deepEqual(revisionsAfter(history, 5), [7, 9]);
  assert.throws(() => history.restore([], 5), /once/);
});

test('a smaller history than the one restored drops the oldest', () => {
  const compactions: number[] = [];
  const history = new LeaseHistory({ maxEvents: 2, onCompact: (revision) => compactions.push(revision) });
  history.restore([acquired(5), acquired(7), acquired(9)], 0);
  assert.deepEqual(compactions, [7]);
  assert.deepEqual(revisionsAfter(history, 7), [9]);
});
