import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { type Client, isTenureError, type LeaseEvent, LeaseEventType, type WatchLeasesOptions } from '@tenure/client';
import { FakeDaemon, refusal } from './fake_daemon.js';
import { drains, until } from './until.js';

const { SNAPSHOT, SYNCED, ACQUIRED, BOOKMARK } = LeaseEventType;

/** What a watch passes on: `type:revision`. */
class Log {
  readonly lines: string[] = [];
  readonly ended: Promise<void>;
  error: unknown;

  constructor(client: Client, options: WatchLeasesOptions = {}) {
    const onSnapshot = () => this.lines.push('new snapshot');
    this.ended = this.#read(client.watchLeases({ onSnapshot, ...options }));
  }

  async #read(events: AsyncIterable<LeaseEvent>): Promise<void> {
    try {
      for await (const { type, revision } of events) {
        this.lines.push(`${nameOf(type)}:${revision}`);
      }
    } catch (error) {
      this.error = error;
    }
  }
}

function nameOf(type: LeaseEvent['type']): string {
  return Object.entries(LeaseEventType).find(([, value]) => value === type)?.[0] ?? '?';
}

function event(type: LeaseEvent['type'], revision: number, daemon: FakeDaemon): LeaseEvent {
  const isMark = type === SYNCED || type === BOOKMARK;
  const lease = isMark ? undefined : daemon.leases.occupy(`r${revision}`);
  return { type, revision: BigInt(revision), lease, eventTime: undefined, replacedBy: '' };
}

/** The nth watch that arrived, once it has. */
async function watchNumber(daemon: FakeDaemon, number: number) {
  await until(`watch ${number} arrives`, () => daemon.watches.length >= number);
  const watch = daemon.watches[number - 1];
  assert.ok(watch !== undefined);
  const send = (...events: [LeaseEvent['type'], number][]) =>
    watch.call.write({ events: events.map(([type, revision]) => event(type, revision, daemon)) });
  return { ...watch, send };
}

test('a snapshot, then changes; a break resumes after the last of them', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const log = new Log(await daemon.client(), { filter: { resourcePrefix: 'r' } });
  const first = await watchNumber(daemon, 1);
  assert.equal(first.request.afterRevision, undefined);
  assert.equal(first.request.filter?.resourcePrefix, 'r');
  assert.equal(first.request.filter?.clientId, '');
  first.send([SNAPSHOT, 5], [SNAPSHOT, 7], [SYNCED, 9]);
  first.send([ACQUIRED, 10], [ACQUIRED, 11]);
  await until('the changes arrive', () => log.lines.length === 6);
  await daemon.stop();
  await daemon.start();
  const second = await watchNumber(daemon, 2);
  assert.equal(second.request.afterRevision, 11n);
  // A daemon that repeats itself is not passed on.
  second.send([ACQUIRED, 11], [ACQUIRED, 12], [SYNCED, 12], [BOOKMARK, 20]);
  await until('the changes go on', () => log.lines.includes('BOOKMARK:20'));
  assert.deepEqual(log.lines, [
    'new snapshot',
    'SNAPSHOT:5',
    'SNAPSHOT:7',
    'SYNCED:9',
    'ACQUIRED:10',
    'ACQUIRED:11',
    'ACQUIRED:12',
    'BOOKMARK:20',
  ]);
});

test('a break within the snapshot repeats nothing', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const log = new Log(await daemon.client());
  (await watchNumber(daemon, 1)).send([SNAPSHOT, 5]);
  daemon.breakConnections();
  const second = await watchNumber(daemon, 2);
  assert.equal(second.request.afterRevision, undefined);
  second.send([SNAPSHOT, 5], [SNAPSHOT, 6], [SYNCED, 6]);
  await until('the snapshot is whole', () => log.lines.length === 4);
  assert.deepEqual(log.lines, ['new snapshot', 'SNAPSHOT:5', 'SNAPSHOT:6', 'SYNCED:6']);
});

for (const [reason, code] of [
  ['COMPACTED', status.OUT_OF_RANGE],
  ['FUTURE_REVISION', status.OUT_OF_RANGE],
] as const) {
  test(`${reason} begins anew with a snapshot, and the watcher is told`, async (context) => {
    const daemon = await FakeDaemon.start(context);
    const log = new Log(await daemon.client(), { afterRevision: 3n });
    const first = await watchNumber(daemon, 1);
    assert.equal(first.request.afterRevision, 3n);
    first.call.emit('error', refusal(code, reason));
    const second = await watchNumber(daemon, 2);
    assert.equal(second.request.afterRevision, undefined);
    second.send([SYNCED, 50]);
    await until('the snapshot ends', () => log.lines.length === 2);
    assert.deepEqual(log.lines, ['new snapshot', 'SYNCED:50']);
  });
}

test('a watcher that was too slow goes on where it was', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const log = new Log(await daemon.client(), { afterRevision: 3n });
  const first = await watchNumber(daemon, 1);
  first.send([ACQUIRED, 4], [SYNCED, 4]);
  await until('the history arrives', () => log.lines.length === 2);
  first.call.emit('error', refusal(status.RESOURCE_EXHAUSTED, 'SLOW_WATCHER'));
  assert.equal((await watchNumber(daemon, 2)).request.afterRevision, 4n);
  assert.deepEqual(log.lines, ['ACQUIRED:4', 'SYNCED:4']);
});

test('what the daemon refuses for good is thrown', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const log = new Log(await daemon.client());
  (await watchNumber(daemon, 1)).call.emit('error', refusal(status.INVALID_ARGUMENT, 'INVALID_FIELD'));
  await log.ended;
  assert.ok(isTenureError(log.error, 'INVALID_FIELD'));
});

test('a signal ends the watch in order, at the daemon too', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const controller = new AbortController();
  const log = new Log(await daemon.client(), { signal: controller.signal });
  const { call } = await watchNumber(daemon, 1);
  controller.abort();
  await log.ended;
  assert.equal(log.error, undefined);
  await until('the daemon sees the end', () => call.cancelled);
});

test('leaving the loop ends the call', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const client = await daemon.client();
  const leaving = (async () => {
    for await (const { type } of client.watchLeases({ afterRevision: 1n })) {
      assert.equal(type, ACQUIRED);
      break;
    }
  })();
  const { send, call } = await watchNumber(daemon, 1);
  send([ACQUIRED, 2], [ACQUIRED, 3]);
  await leaving;
  await until('the daemon sees the end', () => call.cancelled);
});

test('a consumer that does not read stops the daemon from sending', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const client = await daemon.client();
  const iterator = client.watchLeases({ afterRevision: 0n })[Symbol.asyncIterator]();
  const first = iterator.next();
  const { call } = await watchNumber(daemon, 1);
  const filler = 'x'.repeat(10_000);
  const lease = { ...daemon.leases.occupy('r'), reason: filler };
  let sent = 0;
  let open = true;
  while (open && sent < 2_000) {
    sent += 1;
    const one: LeaseEvent = {
      type: ACQUIRED,
      revision: BigInt(sent),
      lease,
      eventTime: undefined,
      replacedBy: '',
    };
    open = call.write({ events: [one] });
    if (!open) open = await drains(call);
  }
  assert.ok(sent < 2_000, 'everything was taken from the daemon');
  assert.equal((await first).value?.revision, 1n);
  for (let expected = 2n; expected <= 20n; expected += 1n) {
    assert.equal((await iterator.next()).value?.revision, expected);
  }
  await iterator.return?.();
});

test('a client that is closed ends its watches without an error', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const client = await daemon.client();
  const log = new Log(client);
  await watchNumber(daemon, 1);
  await client.close();
  await log.ended;
  assert.equal(log.error, undefined);
});
