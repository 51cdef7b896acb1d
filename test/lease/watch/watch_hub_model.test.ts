import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LeaseState } from '@tenure/client/gen/tenure/lease/v1/lease';
import { type LeaseEvent, LeaseEventType, type LeaseFilter } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import fc from 'fast-check';
import { LeaseHistory } from '../../../src/lease/watch/history.js';
import { HistoryEvent } from '../../../src/lease/watch/history_event.js';
import { WatchFilter } from '../../../src/lease/watch/watch_filter.js';
import { WatchHub } from '../../../src/lease/watch/watch_hub.js';
import { type Happening, LeaseWorld } from '../lease_world.js';
import { filters, happenings } from './watch_arbitraries.js';
import { WatchReader } from './watch_reader.js';

const BOOKMARK_MS = 40;

type Step =
  | { readonly do: 'write'; readonly happenings: Happening[] }
  | { readonly do: 'watch'; readonly filter: LeaseFilter; readonly window: number; readonly back: number }
  | { readonly do: 'read'; readonly who: number; readonly count: number }
  | { readonly do: 'leave'; readonly who: number }
  | { readonly do: 'turn' }
  | { readonly do: 'time'; readonly ms: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('write' as const), happenings: happenings(1, 9) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('watch' as const),
        filter: filters,
        window: fc.integer({ min: 1, max: 4 }),
        /** Watches after the event so many places back; 0: begins with a snapshot. */
        back: fc.oneof(fc.constant(0), fc.nat({ max: 15 })),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('read' as const),
        who: fc.nat({ max: 5 }),
        count: fc.integer({ min: 1, max: 5 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), who: fc.nat({ max: 9 }) }) },
    { weight: 4, arbitrary: fc.constant({ do: 'turn' as const }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('time' as const), ms: fc.constantFrom(10, 50, 90) }) },
  ),
  { minLength: 4, maxLength: 60 },
);

/** One watch, and what its reader must see. */
class ModelWatch {
  readonly reader: WatchReader;
  readonly #world: LeaseWorld;
  readonly #filter: WatchFilter;
  /** It has everything up to here from its snapshot, or before. */
  readonly #from: bigint;
  /** What the filter selected when it began; undefined on a watch of the history. */
  readonly #snapshot: LeaseEvent[] | undefined;
  left = false;

  constructor(world: LeaseWorld, filter: LeaseFilter, window: number, after: bigint | undefined) {
    this.reader = new WatchReader(window);
    this.#world = world;
    this.#filter = new WatchFilter(filter);
    this.#from = after ?? world.revision;
    this.#snapshot =
      after === undefined
        ? [...world.live.values()]
            .filter((lease) => this.#filter.selects(lease))
            .map((lease) => ({
              type: LeaseEventType.SNAPSHOT,
              revision: world.revision,
              lease,
              eventTime: undefined,
              replacedBy: '',
            }))
        : undefined;
  }

  /** By the states before and after, which the daemon does not have. */
  #expected(): LeaseEvent[] {
    const expected = [...(this.#snapshot ?? [])];
    for (const event of this.#world.events) {
      if (event.revision <= this.#from || event.lease === undefined) continue;
      const before = this.#world.before.get(event.revision);
      const wasIn = before !== undefined && this.#filter.selects({ ...event.lease, state: before });
      const isIn = this.#filter.selects(event.lease);
      if (isIn || (wasIn && event.lease.state === LeaseState.ENDED)) expected.push(event);
      else if (wasIn) expected.push({ ...event, type: LeaseEventType.REMOVED });
    }
    return expected;
  }

  /** Whether there is nothing left to wait for. */
  get settled(): boolean {
    const { ended, events } = this.reader;
    if (ended !== undefined) return true;
    const marks = events.filter(({ lease }) => lease === undefined).length;
    return marks > 0 && events.length - marks >= this.#expected().length;
  }

  /** What has been read must be the first part of what is expected, without a gap, a double or another order. */
  check(complete: boolean): void {
    const expected = this.#expected();
    let at = 0;
    let seen = this.#snapshot === undefined ? this.#from : 0n;
    let synced = false;
    for (const event of this.reader.events) {
      assert.ok(event.revision >= seen, `revision ${event.revision} came after ${seen}`);
      seen = event.revision;
      if (event.type === LeaseEventType.SYNCED || event.type === LeaseEventType.BOOKMARK) {
        assert.ok(synced !== (event.type === LeaseEventType.SYNCED), 'synced once, and before any bookmark');
        synced = true;
        const next = expected[at];
        assert.ok(
          next === undefined || (next.revision > event.revision && next.type !== LeaseEventType.SNAPSHOT),
          `a mark at ${event.revision} overtook ${next?.type} of ${next?.revision}`,
        );
      } else {
        assert.deepEqual(event, expected[at]);
        if (event.type === LeaseEventType.SNAPSHOT) assert.ok(!synced, 'the mark comes after the snapshot');
        else assert.ok(synced || this.#snapshot === undefined, 'changes come after the mark of the snapshot');
        at += 1;
      }
    }
    if (!complete) return;
    assert.equal(at, expected.length, 'nothing is missing at the end');
    assert.ok(synced, 'the mark of being complete came');
  }
}

async function run(all: readonly Step[], limits: { maxEvents: number; maxBytes: number }): Promise<void> {
  const world = new LeaseWorld(100n);
  let dropped = 0;
  const history = new LeaseHistory({
    ...limits,
    onCompact: (revision) => {
      assert.ok(revision > dropped);
      dropped = revision;
    },
  });
  history.advance(100);
  const hub = new WatchHub({
    history,
    snapshot: () => ({ revision: Number(world.revision), leases: [...world.live.values()] }),
    maxWatchers: 20,
    bookmarkIntervalMs: BOOKMARK_MS,
    maxBatchEvents: 3,
  });
  const watches: ModelWatch[] = [];
  for (const step of all) {
    switch (step.do) {
      case 'write': {
        const events = step.happenings.flatMap((happening) => world.happen(happening) ?? []);
        history.append(events.map((event) => HistoryEvent.encode(event)));
        history.advance(Number(world.revision));
        assert.equal(history.compactedRevision, dropped);
        hub.publish();
        break;
      }
      case 'watch': {
        const after = step.back === 0 ? undefined : world.events.at(-step.back)?.revision;
        if (after !== undefined && after < history.compactedRevision) {
          await assert.rejects(hub.serve({ filter: step.filter, afterRevision: after }, new WatchReader()), {
            reason: 'COMPACTED',
            metadata: { compacted_revision: String(history.compactedRevision) },
          });
          break;
        }
        const watch = new ModelWatch(world, step.filter, step.window, after);
        watch.reader.follow(hub, { filter: step.filter, ...(after === undefined ? {} : { afterRevision: after }) });
        watches.push(watch);
        break;
      }
      case 'read':
        watches[step.who]?.reader.read(step.count);
        break;
      case 'leave': {
        const watch = watches[step.who];
        if (watch === undefined) break;
        watch.left = true;
        watch.reader.close();
        break;
      }
      case 'turn':
        await nextTurn();
        break;
      case 'time':
        mock.timers.tick(step.ms);
        break;
    }
    for (const watch of watches) watch.check(false);
  }
  for (let turn = 0; turn < 1_000 && !watches.every(({ settled }) => settled); turn += 1) {
    for (const { reader } of watches) reader.read();
    await nextTurn();
  }
  // What should not come would come now.
  for (const { reader } of watches) await reader.readAll();
  for (const { reader, left } of watches) {
    const refusal = reader.ended?.refusal;
    assert.ok(refusal === undefined || refusal.reason === 'SLOW_WATCHER');
    if (left) assert.ok(reader.ended !== undefined, 'a watch that nobody reads has ended');
    else assert.equal(reader.ended === undefined, refusal === undefined);
  }
  for (const watch of watches) watch.check(watch.reader.ended === undefined);
  const open = watches.filter(({ reader }) => reader.ended === undefined);
  assert.equal(hub.watcherCount, open.length);
  hub.close();
  await nextTurn();
  for (const { reader } of open) assert.equal(reader.ended?.refusal?.reason, 'SHUTTING_DOWN');
  assert.equal(hub.watcherCount, 0);
}

beforeEach(() => mock.timers.enable({ apis: ['setInterval'] }));
afterEach(() => mock.timers.reset());

test('no event is lost, doubled, reordered or overtaken by a mark, whoever reads how slowly', async () => {
  await fc.assert(
    fc.asyncProperty(steps, (all) => run(all, { maxEvents: 10_000, maxBytes: 1e9 })),
    { numRuns: 150 },
  );
});

test('nor while a small history is compacted under the watches; who falls out of it is told', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 30 }), (all, maxEvents) =>
      run(all, { maxEvents, maxBytes: 1e9 }),
    ),
    { numRuns: 150 },
  );
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 200, max: 2_000 }), (all, maxBytes) =>
      run(all, { maxEvents: 10_000, maxBytes }),
    ),
    { numRuns: 150 },
  );
});
