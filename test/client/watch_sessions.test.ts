import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { type Client, Session, type SessionEvent, SessionEventType, type WatchSessionsOptions } from '@tenure/client';
import { FakeDaemon, refusal } from './fake_daemon.js';
import { until } from './until.js';

const { SNAPSHOT, SYNCED, ADDED, CHANGED } = SessionEventType;

/** What a watch passes on: `type:revision`. */
class Log {
  readonly lines: string[] = [];
  readonly breaks: Error[] = [];

  constructor(client: Client, options: WatchSessionsOptions = {}) {
    const onSnapshot = () => this.lines.push('new snapshot');
    const onBreak = (error: Error) => this.breaks.push(error);
    void this.#read(client.watchSessions({ onSnapshot, onBreak, ...options }));
  }

  async #read(events: AsyncIterable<SessionEvent>): Promise<void> {
    for await (const { type, revision } of events) {
      const name = Object.entries(SessionEventType).find(([, value]) => value === type)?.[0] ?? '?';
      this.lines.push(`${name}:${revision}`);
    }
  }
}

function event(type: SessionEvent['type'], revision: number): SessionEvent {
  const session = type === SYNCED ? undefined : Session.decode(new Uint8Array(0));
  return { type, revision: BigInt(revision), session };
}

async function watchNumber(daemon: FakeDaemon, number: number) {
  await until(`watch ${number} arrives`, () => daemon.sessions.watches.length >= number);
  const call = daemon.sessions.watches[number - 1];
  assert.ok(call !== undefined);
  const send = (...events: [SessionEvent['type'], number][]) =>
    call.write({ events: events.map(([type, revision]) => event(type, revision)) });
  return { call, send };
}

test('a snapshot, then changes; a break resumes after the last of them', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const log = new Log(await daemon.client(), { filter: { group: 'g' } });
  const first = await watchNumber(daemon, 1);
  assert.equal(first.call.request.afterRevision, undefined);
  assert.equal(first.call.request.filter?.group, 'g');
  assert.deepEqual(first.call.request.filter?.adapters, []);
  first.send([SNAPSHOT, 9], [SNAPSHOT, 9], [SYNCED, 9]);
  first.send([ADDED, 10]);
  await until('the changes arrive', () => log.lines.length === 5);
  await daemon.stop();
  await daemon.start();
  const second = await watchNumber(daemon, 2);
  assert.equal(second.call.request.afterRevision, 10n);
  second.send([ADDED, 10], [CHANGED, 11], [SYNCED, 11], [CHANGED, 12]);
  await until('the changes go on', () => log.lines.includes('CHANGED:12'));
  assert.deepEqual(log.lines, [
    'new snapshot',
    'SNAPSHOT:9',
    'SNAPSHOT:9',
    'SYNCED:9',
    'ADDED:10',
    'CHANGED:11',
    'CHANGED:12',
  ]);
});

for (const reason of ['COMPACTED', 'FUTURE_REVISION']) {
  test(`${reason} begins anew with a snapshot, and the watcher is told`, async (context) => {
    const daemon = await FakeDaemon.start(context);
    const log = new Log(await daemon.client(), { afterRevision: 3n });
    const first = await watchNumber(daemon, 1);
    assert.equal(first.call.request.afterRevision, 3n);
    first.call.emit('error', refusal(status.OUT_OF_RANGE, reason));
    const second = await watchNumber(daemon, 2);
    assert.equal(second.call.request.afterRevision, undefined);
    second.send([SNAPSHOT, 50], [SYNCED, 50]);
    await until('the snapshot ends', () => log.lines.length === 3);
    assert.deepEqual(log.lines, ['new snapshot', 'SNAPSHOT:50', 'SYNCED:50']);
  });
}

test('a daemon that still takes sessions up is asked until it has, and told of once', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const log = new Log(await daemon.client());
  for (const number of [1, 2, 3]) {
    (await watchNumber(daemon, number)).call.emit('error', refusal(status.UNAVAILABLE, 'RECONCILING'));
  }
  (await watchNumber(daemon, 4)).send([SYNCED, 5]);
  await until('the snapshot', () => log.lines.length === 2);
  assert.deepEqual(log.lines, ['new snapshot', 'SYNCED:5']);
  assert.equal(log.breaks.length, 1);
});
