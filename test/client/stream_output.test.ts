import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { type Client, isTenureError, OutputStream, Session, type StreamOutputOptions } from '@tenure/client';
import { FakeDaemon, refusal } from './fake_daemon.js';
import { drains, until } from './until.js';

const { STDOUT, STDERR } = OutputStream;

/** What a stream passes on: `1@offset text`. */
class Log {
  readonly lines: string[] = [];
  readonly breaks: Error[] = [];
  readonly ended: Promise<void>;
  hasEnded = false;
  error: unknown;

  constructor(client: Client, options: Partial<StreamOutputOptions> = {}) {
    const onBreak = (error: Error) => this.breaks.push(error);
    this.ended = this.#read(client, { sessionId: 's1', onBreak, ...options });
  }

  async #read(client: Client, options: StreamOutputOptions): Promise<void> {
    try {
      for await (const { stream, offset, chunk } of client.streamOutput(options)) {
        this.lines.push(`${stream}@${offset} ${chunk}`);
      }
    } catch (error) {
      this.error = error;
    }
    this.hasEnded = true;
  }
}

/** The nth stream that arrived, once it has. */
async function streamNumber(daemon: FakeDaemon, number: number) {
  await until(`stream ${number} arrives`, () => daemon.sessions.outputs.length >= number);
  const call = daemon.sessions.outputs[number - 1];
  assert.ok(call !== undefined);
  const send = (stream: OutputStream, offset: number, text: string) =>
    call.write({ stream, offset: BigInt(offset), chunk: Buffer.from(text) });
  return { call, request: call.request, send };
}

test('each byte comes once over a restart of the daemon, and the end of the session is the end', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const log = new Log(await daemon.client(), { follow: true, stdoutOffset: 5n });
  const first = await streamNumber(daemon, 1);
  assert.deepEqual(first.request, {
    sessionId: 's1',
    stdoutOffset: 5n,
    stderrOffset: 0n,
    follow: true,
    tailBytes: 0n,
  });
  first.send(STDOUT, 5, 'abc');
  first.send(STDERR, 0, 'E');
  // Bytes from 8 to 20 are no longer kept.
  first.send(STDOUT, 20, 'uvw');
  await until('they arrive', () => log.lines.length === 3);
  await daemon.stop();
  await daemon.start();
  const second = await streamNumber(daemon, 2);
  assert.deepEqual([second.request.stdoutOffset, second.request.stderrOffset, second.request.follow], [23n, 1n, true]);
  // A daemon that repeats itself is cut short.
  second.send(STDOUT, 20, 'uvw');
  second.send(STDOUT, 21, 'vwxy');
  second.call.end();
  await log.ended;
  assert.equal(log.error, undefined);
  assert.deepEqual(log.lines, ['1@5 abc', '2@0 E', '1@20 uvw', '1@23 xy']);
  assert.equal(log.breaks.length, 1);
  assert.equal(daemon.sessions.outputs.length, 2);
});

test('a tail that nothing came of is asked for again as it was', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const log = new Log(await daemon.client(), { tailBytes: 10n });
  const first = await streamNumber(daemon, 1);
  assert.deepEqual([first.request.tailBytes, first.request.stdoutOffset], [10n, 0n]);
  daemon.breakConnections();
  const second = await streamNumber(daemon, 2);
  assert.equal(second.request.tailBytes, 10n);
  second.send(STDOUT, 100, 'x');
  second.call.end();
  await log.ended;
  assert.deepEqual(log.lines, ['1@100 x']);
});

test('a tail of which one stream came goes on there, and with the tail of the other', async (context) => {
  const daemon = await FakeDaemon.start(context);
  daemon.sessions.run = (_, answer) =>
    answer(null, { session: { ...Session.decode(new Uint8Array(0)), stdoutBytes: 500n, stderrBytes: 70n } });
  const log = new Log(await daemon.client(), { tailBytes: 10n, follow: true });
  (await streamNumber(daemon, 1)).send(STDOUT, 100, 'x');
  await until('it arrives', () => log.lines.length === 1);
  daemon.breakConnections();
  const second = await streamNumber(daemon, 2);
  const { tailBytes, stdoutOffset, stderrOffset } = second.request;
  assert.deepEqual([tailBytes, stdoutOffset, stderrOffset], [0n, 101n, 60n]);
  second.call.end();
  await log.ended;
  assert.equal(log.error, undefined);
});

test('what the daemon refuses for good is thrown; a reader that was too slow goes on where it was', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const log = new Log(await daemon.client());
  const first = await streamNumber(daemon, 1);
  first.send(STDERR, 0, 'abc');
  await until('it arrives', () => log.lines.length === 1);
  first.call.emit('error', refusal(status.RESOURCE_EXHAUSTED, 'SLOW_WATCHER'));
  const second = await streamNumber(daemon, 2);
  assert.equal(second.request.stderrOffset, 3n);
  second.call.emit('error', refusal(status.NOT_FOUND, 'SESSION_NOT_FOUND'));
  await log.ended;
  assert.ok(isTenureError(log.error, 'SESSION_NOT_FOUND'));
});

test('a signal ends the stream in order, at the daemon too', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const controller = new AbortController();
  const log = new Log(await daemon.client(), { follow: true, signal: controller.signal });
  const { call } = await streamNumber(daemon, 1);
  controller.abort();
  await log.ended;
  assert.equal(log.error, undefined);
  await until('the daemon sees the end', () => call.cancelled);
});

test('a reader that does not read stops the daemon from sending', async (context) => {
  const daemon = await FakeDaemon.start(context);
  const client = await daemon.client();
  const iterator = client.streamOutput({ sessionId: 's1', follow: true })[Symbol.asyncIterator]();
  const first = iterator.next();
  const { call } = await streamNumber(daemon, 1);
  const chunk = Buffer.alloc(64 * 1024);
  let sent = 0;
  let open = true;
  while (open && sent < 500) {
    open = call.write({ stream: STDOUT, offset: BigInt(sent * chunk.length), chunk });
    sent += 1;
    if (!open) open = await drains(call);
  }
  assert.ok(sent < 500, 'everything was taken from the daemon');
  assert.equal((await first).value?.offset, 0n);
  assert.equal((await iterator.next()).value?.offset, BigInt(chunk.length));
  await iterator.return?.();
});
