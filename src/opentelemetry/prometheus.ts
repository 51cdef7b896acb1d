import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import type { MetricsPlace } from './settings_rules.js';

const PATH = '/metrics';
/** A scraper that does not speak, or does not read, is no reason to keep a descriptor for longer. */
const SILENCE_LIMIT_MS = 10_000;
/** Of a port, any user of this machine may open connections; leases need descriptors, too. */
const MOST_CONNECTIONS = 64;

/** The metrics in Prometheus' text format, at `/metrics`. */
export class PrometheusEndpoint {
  /** Without a server of its own, which would listen to the whole network by default. */
  readonly #exporter = new PrometheusExporter({ preventServerStart: true });
  readonly #serializer = new PrometheusSerializer('', false, undefined, false, true);
  readonly #server = createServer((request, response) => {
    void this.#answer(request, response);
  });

  constructor(silenceLimitMs: number = SILENCE_LIMIT_MS) {
    this.#server.maxConnections = MOST_CONNECTIONS;
    this.#server.setTimeout(silenceLimitMs);
  }

  get reader(): IMetricReader {
    return this.#exporter;
  }

  /** Rejects where the place is taken. Of a socket, the owner alone may connect. */
  async listen(place: MetricsPlace): Promise<void> {
    if (place.kind === 'tcp') this.#server.listen(place.port, place.host);
    else this.#server.listen(place.path);
    await once(this.#server, 'listening');
    // Of a connection that could not be accepted: whoever scrapes sees that.
    this.#server.on('error', () => undefined);
    if (place.kind === 'unix') chmodSync(place.path, 0o600);
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer({ method, url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path] = url.split('?', 1);
    if (path !== PATH) {
      response.writeHead(404).end(`metrics are at ${PATH}\n`);
      return;
    }
    if (method !== 'GET' && method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return;
    }
    try {
      const { resourceMetrics } = await this.#exporter.collect();
      // The host's id is read from the disk; whoever comes first would find it missing.
      await resourceMetrics.resource.waitForAsyncAttributes?.();
      const text = this.#serializer.serialize(resourceMetrics);
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
    } catch {
      response.writeHead(500).end('the metrics could not be collected\n');
    }
  }
}
