import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AuditEntry, AuditFilter } from '@tenure/client/gen/tenure/audit/v1/audit_service';
import { listEntries } from '../../src/audit/list_entries.js';
import { Refusal } from '../../src/rpc/refusal.js';
import type { AuditLog } from '../../src/telemetry/audit_log.js';
import { AuditWorld, DAY_MS, eventOf, range, sequences } from '../telemetry/audit_world.js';

const ALL = AuditFilter.decode(new Uint8Array(0));
const OPEN = new AbortController().signal;

/** All pages, one after the other. */
async function pages(log: AuditLog, filter: Partial<AuditFilter> = {}, pageSize = 0): Promise<AuditEntry[][]> {
  const found: AuditEntry[][] = [];
  let pageToken = '';
  do {
    const page = await listEntries(log, { filter: { ...ALL, ...filter }, pageSize, pageToken }, OPEN);
    found.push(page.entries);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return found;
}

function numbers(entries: readonly AuditEntry[]): number[] {
  return entries.map(({ sequence }) => Number(sequence));
}

test('pages give each entry once, the oldest first, whatever their size', async (t) => {
  const log = new AuditWorld(t).open({ limits: { maxBytes: 200_000, maxAgeMs: DAY_MS } });
  for (const number of range(1, 2_500))
    log.emit(eventOf({ metadata: { clientId: number % 7 === 0 ? 'seventh' : 'other' } }));
  log.flush();
  const kept = await sequences(log);
  for (const size of [1_000, 333, 0]) {
    const found = await pages(log, {}, size);
    assert.deepEqual(numbers(found.flat()), kept);
    for (const page of found.slice(0, -1)) assert.equal(page.length, size === 0 ? 100 : size);
    assert.ok((found.at(-1)?.length ?? 0) > 0, 'the last page is not empty');
  }
  const sevenths = await pages(log, { clientId: 'seventh' }, 10);
  assert.deepEqual(
    numbers(sevenths.flat()),
    kept.filter((sequence) => sequence % 7 === 0),
  );
});

test('an entry is answered as it was told', async (t) => {
  const world = new AuditWorld(t);
  const log = world.open();
  const metadata = { clientId: 'c', resource: 'secret/a', leaseId: 'l1', reason: 'SOURCE_FAILED', cause: 'timeout' };
  log.emit(eventOf({ success: false, actor: { uid: 5, pid: undefined, executable: '/bin/a', script: '' }, metadata }));
  log.emit(eventOf());
  const [[first, second] = []] = await pages(log);
  assert.deepEqual(first, {
    sequence: 1n,
    time: { seconds: BigInt(Math.floor(world.nowMs / 1000)), nanos: 0 },
    action: 'secret.leased',
    success: false,
    actor: { uid: 5, pid: 0, executable: '/bin/a', script: '' },
    clientId: 'c',
    resource: 'secret/a',
    leaseId: 'l1',
    reason: 'SOURCE_FAILED',
    details: new Map([['cause', 'timeout']]),
  });
  assert.equal(second?.actor, undefined);
});

test('long entries make short pages, which a client can take', async (t) => {
  const log = new AuditWorld(t).open();
  const texts = Object.fromEntries(range(1, 4).map((number) => [`text${number}`, 'x'.repeat(1_000)]));
  for (const _ of range(1, 1_000)) log.emit(eventOf({ metadata: { resource: 'y'.repeat(1_000), ...texts } }));
  const found = await pages(log, {}, 1_000);
  assert.ok(found.length > 3);
  assert.deepEqual(numbers(found.flat()), range(1, 1_000));
});

test('a page ends although entries keep coming', async (t) => {
  const log = new AuditWorld(t).open();
  for (const _ of range(1, 3_000)) log.emit(eventOf());
  log.flush();
  let isListing = true;
  const write = (): void => {
    for (const _ of range(1, 500)) log.emit(eventOf());
    if (isListing) setImmediate(write);
  };
  write();
  const { entries } = await listEntries(
    log,
    { filter: { ...ALL, actions: ['none'] }, pageSize: 0, pageToken: '' },
    OPEN,
  );
  isListing = false;
  assert.deepEqual(entries, []);
});

test('a long search lets others have their turn', async (t) => {
  const log = new AuditWorld(t).open();
  for (const _ of range(1, 60_000))
    log.emit(eventOf({ metadata: { resource: 'secret/team/token', clientId: 'client' } }));
  log.flush();
  let turns = 0;
  const count = (): void => {
    turns += 1;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  await pages(log, { actions: ['none'] });
  clearImmediate(next);
  assert.ok(turns > 50, `${turns} turns of the event loop`);
});

test('a search whose caller has gone is given up', async (t) => {
  const log = new AuditWorld(t).open();
  for (const _ of range(1, 10)) log.emit(eventOf());
  const gone = AbortSignal.abort(new Refusal('CANCELLED', 'the call is over'));
  await assert.rejects(listEntries(log, { filter: undefined, pageSize: 0, pageToken: '' }, gone), {
    reason: 'CANCELLED',
  });
});

test('pages that cannot be are refused', async (t) => {
  const log = new AuditWorld(t).open();
  for (const [pageSize, pageToken] of [
    [-1, ''],
    [1_001, ''],
    [0, 'x'],
    [0, '0'],
    [0, '9'.repeat(16)],
  ] as const) {
    await assert.rejects(listEntries(log, { filter: undefined, pageSize, pageToken }, OPEN), {
      reason: 'INVALID_FIELD',
    });
  }
});
