import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { type Client, durationFromMillis, LeaseMode } from '@tenure/client';
import { untilFree } from './lease_views.js';
import { scrape } from './scrape.js';
import { until } from './until.js';
import { World } from './world.js';

/** Puts a joelclaw on the PATH of the world. */
function joelclaw(world: World, script: string): void {
  const file = join(world.folder, 'bin', 'joelclaw');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

/** What the recording script was called with, one list a call. */
function callsOf(record: string): string[][] {
  if (!existsSync(record)) return [];
  const calls = readFileSync(record, 'utf8').split('\n\n').slice(0, -1);
  return calls.map((call) => call.split('\n'));
}

async function warningCodes(client: Client): Promise<string[]> {
  const { status } = await client.health.getStatus();
  return (status?.warnings ?? []).map(({ code }) => code);
}

async function receiver(context: TestContext): Promise<{ url: string; posts: { body: string; signature: string }[] }> {
  const posts: { body: string; signature: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      posts.push({ body, signature: String(request.headers['tenure-signature']) });
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`, posts };
}

describe('events', () => {
  test('joelclaw gets each event once, with the arguments of its interface and no input', async (t) => {
    const world = new World(t);
    const record = join(world.folder, 'record');
    // In one write: the command of the daemon that is killed may still be at it when the next one's begins.
    joelclaw(world, `call=$(for each in "$@"; do echo "$each"; done; cat)\nprintf '%s\\n\\n' "$call" >>'${record}'`);
    const killed = await world.startDaemon();
    killed.kill('SIGKILL');
    await killed.exited;
    const daemon = await world.startDaemon();
    const client = await world.connect();
    assert.equal((await world.run(['run', 'a', '--', 'tenure', 'run', 'a', '--', 'true'])).code, 0);
    await world.json(['lease', 'acquire', 'b', '--mode', 'shared', '--ttl', '10m', '--client-id', 'c']);
    await world.json(['lease', 'acquire', 'b', '--mode', 'shared', '--ttl', '10m', '--client-id', 'c']);
    assert.equal((await world.run(['lease', 'revoke', '--resource', 'b'])).code, 0);
    await world.json(['lease', 'acquire', 'c', '--ttl', '1s']);
    await untilFree(client, 'c');
    const wanted = [
      'daemon.crash_recovered',
      'lease.inherited',
      'lease.released',
      'lease.replaced',
      'lease.revoked',
      'lease.expired',
    ];
    const actionsOf = (): (string | undefined)[] => callsOf(record).map((call) => call[2]);
    await until('all events', () => wanted.every((action) => actionsOf().includes(action)));
    daemon.kill('SIGTERM');
    await daemon.exited;
    const calls = callsOf(record);
    const leases = calls.filter((call) => call[2]?.startsWith('lease.'));
    const told = leases.map((call) => `${call[2]} ${call.at(-1)}`);
    assert.deepEqual(
      told.filter((one) => !one.startsWith('lease.inherited')),
      [...new Set(told)].filter((one) => !one.startsWith('lease.inherited')),
      'no event twice',
    );
    assert.ok(actionsOf().includes('daemon.started') && actionsOf().includes('daemon.stopped'));
    for (const call of calls) {
      const [otel, emit, action = '', ...options] = call;
      assert.deepEqual([otel, emit], ['otel', 'emit']);
      const names = options.filter((_option, index) => index % 2 === 0);
      assert.deepEqual(names, ['--source', '--component', '--level', '--success', '--metadata']);
      assert.deepEqual(options.slice(0, 4), ['--source', 'tenure', '--component', action.split('.')[0]]);
      assert.match(options[5] ?? '', /^(debug|info|warn|error)$/);
      assert.match(options[7] ?? '', /^(true|false)$/);
      assert.equal(typeof JSON.parse(options[9] ?? ''), 'object');
    }
  });

  test('a joelclaw that hangs or fails keeps nobody waiting, and shows in the status where it keeps failing', async (t) => {
    const hanging = new World(t);
    joelclaw(hanging, 'exec sleep 1000');
    const daemon = await hanging.startDaemon();
    assert.equal((await hanging.run(['run', 'a', '--', 'true'])).code, 0);
    daemon.kill('SIGTERM');
    assert.equal((await daemon.ended).code, 0, 'it stops in order, and ends the command');

    const failing = new World(t);
    joelclaw(failing, 'exit 3');
    await failing.startDaemon();
    const client = await failing.connect();
    for (let index = 0; index < 3; index += 1) assert.equal((await failing.run(['run', 'a', '--', 'true'])).code, 0);
    await until('the warning', async () => (await warningCodes(client)).includes('event-command-off'));
  });

  test('events that a slow command has no time for are counted, in the status and for Prometheus', async (t) => {
    const world = new World(t);
    joelclaw(world, 'exec sleep 1000');
    const metrics = join(world.folder, 'metrics.sock');
    world.configure(`metrics: {listen: ${metrics}}\n`);
    await world.startDaemon();
    const client = await world.connect();
    // Each replaces the one before, which is an event of level info.
    const wish = {
      wishes: [{ resource: 'a', mode: LeaseMode.SHARED }],
      clientId: 'c',
      ttl: durationFromMillis(60_000),
    };
    await Promise.all(Array.from({ length: 300 }, () => client.leases.acquireLease(wish)));
    const [sink] = (await client.health.getStatus()).status?.eventSinks ?? [];
    const { dropped = 0n, sampledOut = 0n } = sink ?? {};
    assert.equal(sink?.sink, 'exec');
    assert.ok(dropped >= 40n, `${dropped} of the 300 were too many for 256 that may wait`);
    assert.ok(sampledOut > 0n, 'of the acquires, which are of level debug');
    const scraped = await scrape(metrics);
    const [, counted] = /^tenure_events_deliveries_total\{sink="exec",outcome="dropped"\} (\d+)$/m.exec(scraped) ?? [];
    assert.equal(counted, String(dropped));
    const { stdout } = await world.run(['health']);
    assert.match(stdout, new RegExp(`^events +exec: 0 delivered,.* ${dropped} dropped$`, 'm'));
    assert.match((await world.run(['health', '--json'])).stdout, new RegExp(`"dropped": ?"${dropped}"`));
  });

  test('a webhook gets events but details, signed; a command of one’s own gets them as its template says', async (t) => {
    const { url, posts } = await receiver(t);
    const world = new World(t, { env: { TENURE_TEST_SECRET: 'hook secret' } });
    const out = join(world.folder, 'out');
    const script = world.script('command', [`echo "$*" >>'${out}'`]);
    world.configure(
      `sessions: {webhookSecret: env:TENURE_TEST_SECRET}\nevents: {webhook: "${url}", exec: ["${script}", "{level}:{action}", "{component}"]}\n`,
    );
    await world.startDaemon();
    await world.json(['lease', 'acquire', 'b', '--ttl', '1s']);
    const expired = await until('the expiry', () =>
      posts.find(({ body }) => JSON.parse(body).type === 'lease.expired'),
    );
    const { level, success, metadata } = JSON.parse(expired.body);
    assert.deepEqual([level, success, metadata.resource], ['info', true, 'b']);
    const [, time, sum] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(expired.signature) ?? [];
    const wanted = createHmac('sha256', 'hook secret').update(`${time}.${expired.body}`).digest('hex');
    assert.equal(sum, wanted);
    assert.ok(posts.every(({ body }) => JSON.parse(body).level !== 'debug'));
    await until(
      'the command',
      () => existsSync(out) && readFileSync(out, 'utf8').includes('info:lease.expired lease\n'),
    );
  });
});
