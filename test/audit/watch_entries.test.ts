import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AuditFilter, type WatchAuditEntriesResponse } from '@tenure/client/gen/tenure/audit/v1/audit_service';
import fc from 'fast-check';
import { type WatchOut, watchEntries } from '../../src/audit/watch_entries.js';
import { Refusal } from '../../src/rpc/refusal.js';
import type { AuditLog } from '../../src/telemetry/audit_log.js';
import { until } from '../e2e/until.js';
import { AuditWorld, DAY_MS, eventOf, range, sequences } from '../telemetry/audit_world.js';

const ALL = AuditFilter.decode(new Uint8Array(0));

/** Reads a watch; while it is stuck, it takes nothing more. */
class Reader implements WatchOut {
  readonly read: WatchAuditEntriesResponse[] = [];
  readonly ended: Promise<unknown>;
  readonly #end = new AbortController();
  #stuck: Promise<void> | undefined;
  unstick: () => void = () => undefined;

  constructor(t: TestContext, log: AuditLog, filter: Partial<AuditFilter> = {}, afterSequence?: number) {
    const after = afterSequence === undefined ? {} : { afterSequence: BigInt(afterSequence) };
    this.ended = watchEntries(log, { filter: { ...ALL, ...filter }, ...after }, this).then(
      () => undefined,
      (error: unknown) => (error instanceof Refusal ? error.reason : error),
    );
    t.after(() => this.end());
  }

  get closed(): AbortSignal {
    return this.#end.signal;
  }

  get sequences(): number[] {
    return this.read.flatMap(({ entries }) => entries.map(({ sequence }) => Number(sequence)));
  }

  get upTo(): number {
    return Number(this.read.at(-1)?.sequence ?? 0);
  }

  write(message: WatchAuditEntriesResponse | Buffer): boolean {
    assert.ok(!Buffer.isBuffer(message));
    this.read.push(message);
    return this.#stuck === undefined;
  }

  async drained(): Promise<void> {
    await this.#stuck;
  }

  stick(): void {
    this.#stuck = new Promise((resolve) => {
      this.unstick = () => {
        this.#stuck = undefined;
        resolve();
      };
    });
  }

  async end(): Promise<void> {
    this.unstick();
    this.#end.abort();
    await this.ended;
  }
}

function write(log: AuditLog, count: number, clientId = 'c'): void {
  for (const _ of range(1, count)) log.emit(eventOf({ metadata: { clientId } }));
  log.flush();
}

describe('a watch', () => {
  test('begins with what there is, and goes on with what comes', async (t) => {
    const log = new AuditWorld(t).open();
    write(log, 3);
    const reader = new Reader(t, log);
    await until('the history', () => reader.upTo === 3);
    write(log, 2);
    log.emit(eventOf());
    await until('the news', () => reader.upTo === 6);
    assert.deepEqual(reader.sequences, range(1, 6));
    await reader.end();
  });

  test('begins after a sequence, at the end of the log, too', async (t) => {
    const log = new AuditWorld(t).open();
    write(log, 5);
    const middle = new Reader(t, log, {}, 2);
    const end = new Reader(t, log, {}, 5);
    await until('both stand at the end', () => middle.upTo === 5 && end.upTo === 5);
    write(log, 1);
    await until('both have the new one', () => middle.upTo === 6 && end.upTo === 6);
    assert.deepEqual([middle.sequences, end.sequences], [range(3, 6), [6]]);
  });

  test('of a log without entries waits for the first', async (t) => {
    const log = new AuditWorld(t).open();
    const reader = new Reader(t, log);
    await until('a word', () => reader.read.length === 1);
    write(log, 1);
    await until('the first', () => reader.upTo === 1);
    assert.deepEqual(reader.sequences, [1]);
  });

  test('after a sequence that this log has not reached is refused', async (t) => {
    const log = new AuditWorld(t).open();
    write(log, 5);
    assert.equal(await new Reader(t, log, {}, 6).ended, 'FUTURE_REVISION');
  });

  test('tells one who waits for little how far it is', async (t) => {
    const log = new AuditWorld(t).open();
    write(log, 10);
    const reader = new Reader(t, log, { clientId: 'rare' });
    await until('that all was read', () => reader.upTo === 10);
    write(log, 1_500);
    await until('that more was read', () => reader.upTo >= 1_010);
    write(log, 1, 'rare');
    await until('what it waits for', () => reader.sequences.length === 1);
    assert.deepEqual(reader.sequences, [1_511]);
    assert.ok(reader.read.length <= 4, `${reader.read.length} messages`);
  });

  test('that nobody reads takes no memory, and has all when it is read', async (t) => {
    const log = new AuditWorld(t).open();
    const reader = new Reader(t, log);
    await until('it stands', () => reader.read.length === 1);
    reader.stick();
    for (const _ of range(1, 100)) {
      write(log, 100);
      await nextTurn();
    }
    assert.ok(reader.read.length <= 2, `${reader.read.length} messages wait`);
    reader.unstick();
    await until('it has all', () => reader.upTo === 10_000);
    assert.deepEqual(reader.sequences, range(1, 10_000));
  });

  test('read so slowly that entries were dropped is told, and can go on with what is kept', async (t) => {
    const log = new AuditWorld(t).open({ limits: { maxBytes: 16_000, maxAgeMs: DAY_MS } });
    const reader = new Reader(t, log);
    await until('it stands', () => reader.read.length === 1);
    write(log, 5);
    await until('it reads', () => reader.upTo === 5);
    reader.stick();
    write(log, 1);
    await until('it is stuck', () => reader.upTo === 6);
    for (const _ of range(1, 10)) {
      write(log, 100);
      await nextTurn();
    }
    reader.unstick();
    assert.equal(await reader.ended, 'SLOW_WATCHER');
    const read = reader.sequences;
    assert.deepEqual(read, range(1, read.length));
    const again = new Reader(t, log, {}, read.length);
    await until('it goes on', () => again.upTo === log.latestSequence);
    assert.deepEqual(again.sequences, await sequences(log));
  });

  test('goes on over a segment that somebody else has deleted', async (t) => {
    const world = new AuditWorld(t);
    const log = world.open({ limits: { maxBytes: 16_000, maxAgeMs: DAY_MS } });
    write(log, 100);
    const [, second] = world.names();
    world.files.remove(world.path(second ?? ''));
    const reader = new Reader(t, log);
    await until('the end', () => reader.upTo === 100);
    write(log, 1);
    await until('the news', () => reader.upTo === 101);
    assert.ok(reader.sequences.length < 101);
  });
});

test('while entries are written and dropped, whoever keeps up has each exactly once', async (t) => {
  const step = fc.record({ entries: fc.nat(60), turns: fc.nat(3), days: fc.nat(2) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const world = new AuditWorld(t);
      const log = world.open({ limits: { maxBytes: 30_000, maxAgeMs: 10 * DAY_MS } });
      const all = new Reader(t, log);
      const odd = new Reader(t, log, { clientId: 'odd' });
      const odds: number[] = [];
      let sequence = 0;
      for (const { entries, turns, days } of steps) {
        for (const number of range(1, entries)) {
          sequence += 1;
          if (number % 2 === 1) odds.push(sequence);
          log.emit(eventOf({ metadata: { clientId: number % 2 === 1 ? 'odd' : 'even' } }));
        }
        for (const _ of range(1, turns)) await nextTurn();
        log.flush();
        await until('all is read', () => all.upTo === sequence && odd.sequences.length === odds.length);
        world.nowMs += days * DAY_MS;
        log.look();
      }
      assert.deepEqual(all.sequences, range(1, sequence));
      assert.deepEqual(odd.sequences, odds);
      await all.end();
      await odd.end();
      await log.close();
    }),
    { numRuns: 30 },
  );
});
