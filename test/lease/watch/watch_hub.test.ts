import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Lease, LeaseState } from '@tenure/client/gen/tenure/lease/v1/lease';
import { LeaseEventType } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { LeaseHistory } from '../../../src/lease/watch/history.js';
import { HistoryEvent } from '../../../src/lease/watch/history_event.js';
import { WatchHub, type WatchHubOptions } from '../../../src/lease/watch/watch_hub.js';
import { eventOf, leaseOf } from '../lease_world.js';
import { WatchReader } from './watch_reader.js';

beforeEach(() => mock.timers.enable({ apis: ['setInterval'] }));
afterEach(() => mock.timers.reset());

const { SNAPSHOT, SYNCED, ACQUIRED, BOOKMARK } = LeaseEventType;

function acquired(revision: number, fields: Partial<Lease> = {}): HistoryEvent {
  const lease = leaseOf({ leaseId: `l${revision}`, resource: `r/${revision}`, revision: BigInt(revision), ...fields });
  return HistoryEvent.encode(eventOf(ACQUIRED, lease));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** A hub whose history is at 100, without events. */
function open(options: Partial<WatchHubOptions> & { maxEvents?: number; leases?: Iterable<Lease> } = {}) {
  const history = new LeaseHistory({ maxEvents: options.maxEvents ?? 10_000, onCompact: () => undefined });
  history.restore([], 100);
  const hub = new WatchHub({
    history,
    snapshot: () => ({ revision: history.latestRevision, leases: options.leases ?? [] }),
    maxWatchers: 1_000,
    ...options,
  });
  const write = (...revisions: number[]) => {
    history.append(revisions.map((revision) => acquired(revision)));
    hub.publish();
  };
  return { history, hub, write };
}

function shown(reader: WatchReader): [LeaseEventType, number][] {
  return reader.events.map((event) => [event.type, Number(event.revision)]);
}

test('a watch answers at once: a snapshot, the mark, then what changes', async () => {
  const { hub, write } = open({ leases: [leaseOf({ leaseId: 'l1' }), leaseOf({ leaseId: 'l2' })] });
  const reader = new WatchReader().follow(hub, {});
  reader.read();
  assert.deepEqual(shown(reader), [
    [SNAPSHOT, 100],
    [SNAPSHOT, 100],
    [SYNCED, 100],
  ]);
  assert.equal(reader.messages, 1);
  write(101);
  await reader.readAll();
  assert.deepEqual(shown(reader).slice(3), [[ACQUIRED, 101]]);
});

test('a watch without leases answers at once too', () => {
  const reader = new WatchReader().follow(open().hub, {});
  reader.read();
  assert.deepEqual(shown(reader), [[SYNCED, 100]]);
});

test('after_revision gives the history, the mark, then what changes', async () => {
  const { hub, write } = open();
  write(101, 102, 103);
  const reader = new WatchReader().follow(hub, { afterRevision: 101n });
  reader.read();
  assert.deepEqual(shown(reader), [
    [ACQUIRED, 102],
    [ACQUIRED, 103],
    [SYNCED, 103],
  ]);
  write(104);
  await reader.readAll();
  assert.deepEqual(shown(reader).slice(3), [[ACQUIRED, 104]]);
});

test('the newest revision is a place to go on from, and there is nothing to catch up on', () => {
  const reader = new WatchReader().follow(open().hub, { afterRevision: 100n });
  reader.read();
  assert.deepEqual(shown(reader), [[SYNCED, 100]]);
});

test('a revision below the history or ahead of it is refused with the revision to know', async () => {
  const { hub } = open();
  const request = { filter: undefined };
  await assert.rejects(hub.serve({ ...request, afterRevision: 99n }, new WatchReader()), {
    reason: 'COMPACTED',
    metadata: { compacted_revision: '100' },
  });
  await assert.rejects(hub.serve({ ...request, afterRevision: 0n }, new WatchReader()), { reason: 'COMPACTED' });
  await assert.rejects(hub.serve({ ...request, afterRevision: 101n }, new WatchReader()), {
    reason: 'FUTURE_REVISION',
  });
  await assert.rejects(hub.serve({ ...request, afterRevision: 2n ** 64n - 1n }, new WatchReader()), {
    reason: 'FUTURE_REVISION',
  });
  assert.equal(hub.watcherCount, 0);
});

test('a large snapshot waits for its reader, lets others work, and is followed by what happened meanwhile', async () => {
  let converted = 0;
  function* leases() {
    for (const index of range(1, 10_000)) {
      converted += 1;
      yield leaseOf({ leaseId: `s${index}` });
    }
  }
  const { hub, write } = open({ leases: leases(), maxBatchEvents: 100 });
  const reader = new WatchReader(4).follow(hub, {});
  assert.equal(converted, 100, 'one message in the first turn');
  write(101);
  for (let turn = 0; turn < 20; turn += 1) await nextTurn();
  assert.equal(reader.mostUnread, 4);
  assert.ok(converted <= 500);
  await reader.readAll();
  assert.equal(reader.events.length, 10_002);
  assert.deepEqual(shown(reader).slice(9_999), [
    [SNAPSHOT, 100],
    [SYNCED, 100],
    [ACQUIRED, 101],
  ]);
  assert.equal(new Set(reader.events.map((event) => event.lease?.leaseId)).size, 10_002);
});

test('what is published in one turn goes out as one message, shared by all that watch everything', async () => {
  const { hub, write } = open();
  const sent = new Set<Buffer>();
  const readers = range(1, 50).map(() => new WatchReader());
  for (const reader of readers) {
    reader.follow(hub, { afterRevision: 100n });
    reader.read();
    const { write: accept } = reader;
    reader.write = (message) => {
      sent.add(message);
      return accept.call(reader, message);
    };
  }
  for (const revision of range(101, 120)) write(revision);
  await nextTurn();
  for (const reader of readers) reader.read();
  assert.equal(sent.size, 1);
  for (const reader of readers) {
    assert.equal(reader.messages, 2);
    assert.equal(reader.events.length, 21);
  }
});

test('messages are bounded in events and in bytes', async () => {
  const { hub, history } = open({ maxBatchEvents: 10, maxBatchBytes: 5_000 });
  history.append(range(101, 130).map((revision) => acquired(revision)));
  const many = new WatchReader().follow(hub, { afterRevision: 100n });
  many.read();
  assert.equal(many.messages, 4);
  history.append(range(131, 133).map((revision) => acquired(revision, { reason: 'x'.repeat(4_000) })));
  const large = new WatchReader().follow(hub, { afterRevision: 130n });
  large.read();
  assert.equal(large.messages, 3);
  assert.equal(large.events.length, 4);
});

test('who does not read holds a bounded number of messages, and is told once the history has gone on', async () => {
  const { hub, write } = open({ maxEvents: 1_000 });
  const stuck = new WatchReader(8).follow(hub, { afterRevision: 100n });
  const keen = new WatchReader(8).follow(hub, { afterRevision: 100n });
  for (let revision = 101; revision <= 3_100; revision += 10) {
    write(...range(revision, revision + 9));
    await nextTurn();
    keen.read();
  }
  assert.equal(stuck.mostUnread, 8);
  assert.equal(stuck.ended?.refusal?.reason, 'SLOW_WATCHER');
  assert.equal(hub.watcherCount, 1);
  assert.equal(keen.ended, undefined);
  assert.equal(keen.events.length, 3_001);
  stuck.read();
  const last = stuck.events.at(-1)?.revision ?? 0n;
  assert.deepEqual(
    shown(stuck).map(([, revision]) => revision),
    [100, ...range(101, Number(last))],
    'what it got before is whole',
  );
});

test('a burst larger than the history reaches those that keep up', async () => {
  const { hub, write } = open({ maxEvents: 100, maxBatchEvents: 50 });
  const reader = new WatchReader(1_000).follow(hub, { afterRevision: 100n });
  for (const revision of range(101, 2_000)) write(revision);
  await reader.readAll();
  assert.equal(reader.ended, undefined);
  assert.equal(reader.events.length, 1_901);
});

test('an idle watch gets a bookmark each interval, with the newest revision', async () => {
  const { hub, history, write } = open({ bookmarkIntervalMs: 1_000 });
  const reader = new WatchReader().follow(hub, { afterRevision: 100n });
  const seen = () => {
    reader.read();
    return shown(reader).at(-1);
  };
  mock.timers.tick(999);
  assert.deepEqual(seen(), [SYNCED, 100]);
  history.advance(140);
  mock.timers.tick(300);
  assert.deepEqual(seen(), [BOOKMARK, 140]);
  mock.timers.tick(700);
  write(141);
  await nextTurn();
  mock.timers.tick(999);
  assert.deepEqual(seen(), [ACQUIRED, 141]);
  mock.timers.tick(300);
  assert.deepEqual(seen(), [BOOKMARK, 141]);
  assert.equal(reader.messages, 4);
});

test('a filtered watch gets bookmarks past what it does not see, so that it can go on from there', async () => {
  const { hub, write } = open({ bookmarkIntervalMs: 1_000 });
  const filter = { resourcePrefix: 'elsewhere', clientId: '', states: [LeaseState.ACTIVE] };
  const reader = new WatchReader().follow(hub, { filter, afterRevision: 100n });
  write(101, 102);
  await nextTurn();
  mock.timers.tick(1_300);
  reader.read();
  assert.deepEqual(shown(reader), [
    [SYNCED, 100],
    [BOOKMARK, 102],
  ]);
});

test('a watch that waits for its reader gets no bookmark', () => {
  const { hub } = open({ bookmarkIntervalMs: 1_000 });
  const reader = new WatchReader(1).follow(hub, { afterRevision: 100n });
  mock.timers.tick(10_000);
  reader.read();
  assert.deepEqual(shown(reader), [[SYNCED, 100]]);
});

test('one watch too many is refused, until another has gone', async () => {
  const { hub } = open({ maxWatchers: 1 });
  const first = new WatchReader().follow(hub, {});
  const second = new WatchReader().follow(hub, {});
  await nextTurn();
  assert.equal(second.ended?.refusal?.reason, 'TOO_MANY');
  first.close();
  await nextTurn();
  assert.deepEqual(first.ended, { refusal: undefined });
  const third = new WatchReader().follow(hub, {});
  await third.readAll();
  assert.equal(third.ended, undefined);
});

test('a reader that has gone before the watch began ends it', async () => {
  const { hub } = open();
  const reader = new WatchReader();
  reader.close();
  reader.follow(hub, {});
  await nextTurn();
  assert.deepEqual(reader.ended, { refusal: undefined });
  assert.equal(hub.watcherCount, 0);
});

test('a stream that fails ends its own watch and no other', async () => {
  const { hub, write } = open();
  const broken = new WatchReader();
  const served = hub.serve({ filter: undefined, afterRevision: 100n }, broken);
  const other = new WatchReader().follow(hub, {});
  broken.write = () => {
    throw new Error('the stream broke');
  };
  write(101);
  await assert.rejects(served, /the stream broke/);
  await other.readAll();
  assert.deepEqual(shown(other), [
    [SYNCED, 100],
    [ACQUIRED, 101],
  ]);
});

test('a close sends what is due, ends all watches, and admits no more', async () => {
  const { hub, write } = open();
  const reader = new WatchReader().follow(hub, { afterRevision: 100n });
  write(101);
  hub.close();
  await reader.readAll();
  assert.deepEqual(shown(reader), [
    [SYNCED, 100],
    [ACQUIRED, 101],
  ]);
  assert.equal(reader.ended?.refusal?.reason, 'SHUTTING_DOWN');
  const late = new WatchReader().follow(hub, {});
  await nextTurn();
  assert.equal(late.ended?.refusal?.reason, 'SHUTTING_DOWN');
});
