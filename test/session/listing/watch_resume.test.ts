import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Session } from '@tenure/client/gen/tenure/session/v1/session';
import {
  type SessionEvent,
  SessionEventType,
  WatchSessionsResponse,
} from '@tenure/client/gen/tenure/session/v1/session_service';
import { SessionFeed } from '../../../src/session/listing/session_feed.js';
import { Watching } from '../../../src/session/listing/watching.js';
import { isRefusal } from '../../lease/room.js';

function session(sessionId: string, fields: Partial<Session> = {}): Session {
  return { ...Session.decode(new Uint8Array()), sessionId, adapter: 'agent', ...fields };
}

/** All that a watch of a feed tells before its mark that it is up to date. */
async function watched(feed: SessionFeed, afterRevision: bigint | undefined, group = ''): Promise<SessionEvent[]> {
  const watching = new Watching({ feed, look: () => Promise.resolve(), onFault: assert.ifError });
  const closing = new AbortController();
  const events: SessionEvent[] = [];
  const write = (message: WatchSessionsResponse | Uint8Array): boolean => {
    events.push(...(message instanceof Uint8Array ? WatchSessionsResponse.decode(message) : message).events);
    if (events.some(({ type }) => type === SessionEventType.SYNCED)) closing.abort();
    return true;
  };
  const out = { write, drained: () => Promise.resolve(), buffered: 0, closed: closing.signal };
  const filter = { adapters: [], states: [], group, directory: '', launchedOnly: false };
  await watching.serve({ filter, afterRevision }, out).finally(() => watching.close());
  return events.filter(({ type }) => type !== SessionEventType.SYNCED);
}

function shown(events: readonly SessionEvent[]): unknown {
  return events.map(({ type, session: one }) => [type, one?.sessionId]);
}

describe('a watch that is taken up again', () => {
  test('hears of what was removed meanwhile', async () => {
    const feed = new SessionFeed(100);
    feed.look([session('s1'), session('s2')]);
    const revision = BigInt(feed.changes.revision);
    feed.look([session('s2')]);
    assert.deepEqual(shown(await watched(feed, revision)), [[SessionEventType.REMOVED, 's1']]);
  });

  test('hears nothing of what came and never was its own', async () => {
    const feed = new SessionFeed(100);
    feed.look([session('s1', { group: 'g' })]);
    const revision = BigInt(feed.changes.revision);
    feed.look([session('s1', { group: 'g' }), session('s2')]);
    feed.touch(session('s2', { title: 'more' }));
    feed.touch(session('s1', { group: 'g', title: 'new' }));
    assert.deepEqual(shown(await watched(feed, revision, 'g')), [[SessionEventType.CHANGED, 's1']]);
  });

  test('begins anew where another run of the daemon had its revision', async () => {
    const before = new SessionFeed(1_000);
    before.look([session('s1')]);
    const after = new SessionFeed(2_000_000);
    after.look([session('s1')]);
    await assert.rejects(watched(after, BigInt(before.changes.revision)), isRefusal('COMPACTED'));
    await assert.rejects(watched(before, BigInt(after.changes.revision)), isRefusal('FUTURE_REVISION'));
  });
});

test('found sessions whose adapter has failed are not taken for gone; those of healthy ones are', () => {
  const feed = new SessionFeed(100);
  feed.look([session('agent:1'), session('other:1', { adapter: 'other' }), session('s1', { launched: true })]);
  feed.look([], new Set(['agent']));
  assert.deepEqual(
    feed.known().map(({ sessionId }) => sessionId),
    ['agent:1'],
  );
});
