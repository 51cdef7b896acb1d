import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { PrometheusEndpoint } from '../../src/opentelemetry/prometheus.js';
import { scrape } from '../e2e/scrape.js';
import { removeFolder } from '../removed_folder.js';

async function open(context: TestContext, silenceLimitMs?: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tnp-'));
  const path = join(folder, 'metrics.sock');
  const endpoint = new PrometheusEndpoint(silenceLimitMs);
  const meters = new MeterProvider({ readers: [endpoint.reader] });
  meters.getMeter('test').createCounter('seen').add(1);
  context.after(async () => {
    await endpoint.close();
    await meters.shutdown();
    await removeFolder(folder);
  });
  await endpoint.listen({ kind: 'unix', path });
  return path;
}

/** Opens a connection that says nothing of itself. */
async function connectTo(path: string): Promise<Socket> {
  const socket = connect(path);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

describe('the endpoint for Prometheus', () => {
  test('its owner alone may connect, and a scrape gets the metrics', async (context) => {
    const path = await open(context);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.match(await scrape(path), /^seen_total 1$/m);
  });

  test('who says nothing is let go', async (context) => {
    const silent = await connectTo(await open(context, 200));
    silent.resume();
    await once(silent, 'close');
  });

  test('connections beyond a number are refused, and those that were there go on', async (context) => {
    const path = await open(context);
    const first = await connectTo(path);
    const others = await Promise.all(Array.from({ length: 100 }, () => connectTo(path)));
    const refused = others.map(async (socket) => {
      socket.resume();
      await once(socket, 'close');
    });
    await Promise.race(refused);
    first.write('GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n');
    const [answer] = await once(first, 'data');
    assert.match(String(answer), /^HTTP\/1\.1 200 /);
    for (const socket of [first, ...others]) socket.destroy();
  });
});
