import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { AuditEntry, type Client, isTenureError, type WatchAuditEntriesOptions } from '@tenure/client';
import type { ListAuditEntriesRequest } from '@tenure/client/gen/tenure/audit/v1/audit_service';
import { FakeDaemon, refusal } from './fake_daemon.js';
import { until } from './until.js';

/** What a watch passes on. */
class Log {
  readonly sequences: bigint[] = [];
  readonly breaks: Error[] = [];
  readonly ended: Promise<void>;
  error: unknown;

  constructor(client: Client, options: WatchAuditEntriesOptions = {}) {
    const onBreak = (error: Error) => this.breaks.push(error);
    this.ended = this.#read(client.watchAuditEntries({ onBreak, ...options }));
  }

  async #read(entries: AsyncIterable<AuditEntry>): Promise<void> {
    try {
      for await (const { sequence } of entries) {
        this.sequences.push(sequence);
      }
    } catch (error) {
      this.error = error;
    }
  }
}

function entry(sequence: number): AuditEntry {
  return { ...AuditEntry.decode(new Uint8Array(0)), sequence: BigInt(sequence), action: 'secret.leased' };
}

/** The nth watch that arrived, once it has. */
async function watchNumber(daemon: FakeDaemon, number: number) {
  await until(`watch ${number} arrives`, () => daemon.audit.watches.length >= number);
  const call = daemon.audit.watches[number - 1];
  assert.ok(call !== undefined);
  const send = (sequences: readonly number[], upTo = sequences.at(-1) ?? 0) =>
    call.write({ entries: sequences.map(entry), sequence: BigInt(upTo) });
  return { call, send };
}

test('entries come one by one, and over a break each once', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const filter = { actions: ['secret'] };
  const log = new Log(await daemon.client(), { filter });
  const first = await watchNumber(daemon, 1);
  assert.equal(first.call.request.afterSequence, undefined);
  assert.deepEqual(first.call.request.filter?.actions, ['secret']);
  assert.equal(first.call.request.filter?.clientId, '');
  first.send([3, 5]);
  first.send([6]);
  await until('they arrive', () => log.sequences.length === 3);
  await daemon.stop();
  await daemon.start();
  const second = await watchNumber(daemon, 2);
  assert.equal(second.call.request.afterSequence, 6n);
  assert.deepEqual(second.call.request.filter?.actions, ['secret']);
  // A daemon that repeats itself is not passed on.
  second.send([5, 6, 7]);
  await until('they go on', () => log.sequences.includes(7n));
  assert.deepEqual(log.sequences, [3n, 5n, 6n, 7n]);
  assert.ok(log.breaks.length > 0);
});

test('what the filter left out is not asked for again', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const log = new Log(await daemon.client(), { afterSequence: 2n });
  const first = await watchNumber(daemon, 1);
  assert.equal(first.call.request.afterSequence, 2n);
  first.send([4], 90);
  first.send([], 95);
  first.send([96], 97);
  await until('they arrive', () => log.sequences.length === 2);
  daemon.breakConnections();
  const second = await watchNumber(daemon, 2);
  assert.equal(second.call.request.afterSequence, 97n);
  second.send([98]);
  await until('they go on', () => log.sequences.includes(98n));
});

test('a break in the midst of a batch goes on behind the entry that was read', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const client = await daemon.client();
  const iterator = client.watchAuditEntries()[Symbol.asyncIterator]();
  const reading = iterator.next();
  (await watchNumber(daemon, 1)).send([1, 2, 3]);
  assert.equal((await reading).value?.sequence, 1n);
  daemon.breakConnections();
  // The batch is here already: the rest of it is passed on before the next stream is opened.
  assert.equal((await iterator.next()).value?.sequence, 2n);
  assert.equal((await iterator.next()).value?.sequence, 3n);
  const next = iterator.next();
  const second = await watchNumber(daemon, 2);
  assert.equal(second.call.request.afterSequence, 3n);
  second.send([4]);
  assert.equal((await next).value?.sequence, 4n);
  await iterator.return?.();
});

test('a watcher that was too slow goes on where it was', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const log = new Log(await daemon.client());
  const first = await watchNumber(daemon, 1);
  first.send([1]);
  await until('it arrives', () => log.sequences.length === 1);
  first.call.emit('error', refusal(status.RESOURCE_EXHAUSTED, 'SLOW_WATCHER'));
  assert.equal((await watchNumber(daemon, 2)).call.request.afterSequence, 1n);
});

test('what the daemon refuses for good is thrown', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const log = new Log(await daemon.client());
  (await watchNumber(daemon, 1)).call.emit('error', refusal(status.PERMISSION_DENIED, 'ROLE_DENIED'));
  await log.ended;
  assert.ok(isTenureError(log.error, 'ROLE_DENIED'));
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

test('a list has its fields completed', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const seen: ListAuditEntriesRequest[] = [];
  daemon.audit.list = (request) => {
    seen.push(request);
    return { entries: [entry(7)], nextPageToken: 'more' };
  };
  const client = await daemon.client();
  const { entries, nextPageToken } = await client.audit.listAuditEntries({ filter: { clientId: 'c' }, pageSize: 5 });
  assert.deepEqual([entries[0]?.sequence, nextPageToken], [7n, 'more']);
  await client.audit.listAuditEntries();
  assert.deepEqual(seen, [
    {
      filter: { since: undefined, until: undefined, actions: [], clientId: 'c', resourcePrefix: '' },
      pageSize: 5,
      pageToken: '',
    },
    { filter: undefined, pageSize: 0, pageToken: '' },
  ]);
});
