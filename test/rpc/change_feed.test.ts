import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ChangeFeed, type FeedEvent } from '../../src/rpc/change_feed.js';
import { isRefusal } from '../lease/room.js';

const FIRST = 100;

function feedOf(count: number, kept: number): ChangeFeed<FeedEvent> {
  const feed = new ChangeFeed<FeedEvent>(FIRST, kept);
  for (let added = 0; added < count; added += 1) feed.add((revision) => ({ revision }));
  return feed;
}

describe('a feed of changes', () => {
  test('has all after a revision, in order, or says that it no longer or not yet has them', () => {
    fc.assert(
      fc.property(
        fc.nat(30),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: -5, max: 40 }),
        (count, kept, ahead) => {
          const feed = feedOf(count, kept);
          const seen = FIRST + ahead;
          if (ahead > count) assert.throws(() => feed.after(seen), isRefusal('FUTURE_REVISION'));
          else if (ahead < Math.max(0, count - kept)) assert.throws(() => feed.after(seen), isRefusal('COMPACTED'));
          else {
            const wanted = Array.from({ length: count - ahead }, (_, index) => BigInt(seen + 1 + index));
            assert.deepEqual(
              feed.after(seen).map(({ revision }) => revision),
              wanted,
            );
          }
        },
      ),
    );
  });

  test('wakes who waits for more, once for all that is told together, and at the end of their watch', async () => {
    const feed = feedOf(1, 10);
    const closing = new AbortController();
    await feed.news(FIRST, closing.signal);
    let news: readonly FeedEvent[] = [];
    const waiting = feed.news(FIRST + 1, closing.signal).then(() => {
      news = feed.after(FIRST + 1);
    });
    feed.add((revision) => ({ revision }));
    feed.add((revision) => ({ revision }));
    feed.tell();
    await waiting;
    assert.deepEqual(
      news.map(({ revision }) => revision),
      [102n, 103n],
    );
    const left = feed.news(feed.revision, closing.signal);
    closing.abort();
    await left;
    await feed.news(feed.revision, closing.signal);
  });
});
