import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ClientReadableStream, status } from '@grpc/grpc-js';
import { LeaseEventType, type WatchLeasesResponse } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { LeaseHistory } from '../../../src/lease/watch/history.js';
import { HistoryEvent } from '../../../src/lease/watch/history_event.js';
import { WatchHub } from '../../../src/lease/watch/watch_hub.js';
import { serverStream } from '../../../src/rpc/handlers.js';
import { until } from '../../os/child_process.js';
import { client, endOf, serving } from '../../rpc/serving.js';
import { readOut, unreadWatch } from '../../rpc/unread_watch.js';
import { eventOf, leaseOf } from '../lease_world.js';

/** A hub behind a socket, at revision 0. */
async function watched(t: TestContext, maxEvents: number) {
  const history = new LeaseHistory({ maxEvents, onCompact: () => undefined });
  const hub = new WatchHub({
    history,
    snapshot: () => ({ revision: history.latestRevision, leases: [] }),
    maxWatchers: 100,
  });
  t.after(() => hub.close());
  const { path } = await serving(t, {
    watchLeases: serverStream((request, _context, out) => hub.serve(request, out), { role: 'viewer' }),
  });
  let revision = 0;
  const write = (count: number) => {
    const events = Array.from({ length: count }, () => {
      revision += 1;
      const lease = leaseOf({ leaseId: `l${revision}`, resource: 'r', reason: 'x'.repeat(200) });
      return HistoryEvent.encode(eventOf(LeaseEventType.ACQUIRED, { ...lease, revision: BigInt(revision) }));
    });
    history.append(events);
    hub.publish();
  };
  return { hub, history, path, write };
}

/** Revisions of the changes that a stream brings, as they come. */
function revisionsOf(stream: ClientReadableStream<WatchLeasesResponse>): number[] {
  const revisions: number[] = [];
  stream.on('data', ({ events }: WatchLeasesResponse) => {
    for (const { lease, revision } of events) if (lease !== undefined) revisions.push(Number(revision));
  });
  return revisions;
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

test('watchers that do not read cost bounded memory, harm no other, and are told that they are too slow', async (t) => {
  const { hub, path, write } = await watched(t, 5_000);
  const stuck = Array.from({ length: 20 }, () => unreadWatch(t, path));
  const keen = client(t, path).watchLeases({ filter: undefined, afterRevision: 0n });
  keen.on('error', () => keen.destroy());
  const seen = revisionsOf(keen);
  await until(() => hub.watcherCount === 21, 'all watch');
  const before = process.memoryUsage().rss;
  // 60,000 events of 250 bytes: 15 MB to each, 300 MB to those that do not read.
  for (let burst = 0; burst < 600; burst += 1) {
    write(100);
    await nextTurn();
    const written = (burst + 1) * 100;
    if (written % 2_000 === 0) await until(() => seen.length === written, 'the other keeps up');
  }
  const grown = process.memoryUsage().rss - before;
  assert.deepEqual(seen, upTo(60_000));
  assert.equal(hub.watcherCount, 1, 'those that do not read were given up');
  assert.ok(grown < 100 * 1024 * 1024, `grew by ${Math.round(grown / 1024 / 1024)} MB`);
  for (const stream of stuck) {
    const { status: code, revisions } = await readOut(stream);
    assert.equal(code, status.RESOURCE_EXHAUSTED);
    assert.deepEqual(revisions, upTo(revisions.length), 'what came before is whole');
  }
});

test('a watch that falls behind for a while catches up from the history', async (t) => {
  const { path, write } = await watched(t, 10_000);
  const stream = client(t, path).watchLeases({ filter: undefined, afterRevision: 0n });
  stream.on('error', () => stream.destroy());
  const seen = revisionsOf(stream);
  write(10);
  await until(() => seen.length === 10, 'it begins');
  stream.pause();
  for (let burst = 0; burst < 90; burst += 1) {
    write(100);
    await nextTurn();
  }
  assert.ok(seen.length < 9_010);
  stream.resume();
  await until(() => seen.length === 9_010, 'it has all');
  assert.deepEqual(seen, upTo(9_010));
});

test('a watch that its client cancels is forgotten', async (t) => {
  const { hub, path } = await watched(t, 100);
  const stream = client(t, path).watchLeases({ filter: undefined });
  stream.on('error', () => stream.destroy());
  await until(() => hub.watcherCount === 1, 'it begins');
  stream.cancel();
  await until(() => hub.watcherCount === 0, 'it is forgotten');
});

test('a revision below the history is refused with the revision to know', async (t) => {
  const { path, write, history } = await watched(t, 10);
  write(100);
  const end = await endOf(client(t, path).watchLeases({ filter: undefined, afterRevision: 1n }).resume());
  assert.equal(end.reason, 'COMPACTED');
  assert.equal(end.metadata.get('compacted_revision'), String(history.compactedRevision));
});
