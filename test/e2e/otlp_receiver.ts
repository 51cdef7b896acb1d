import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { until } from './until.js';

/** A span as the tests look at it. */
export interface ReceivedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty where it begins its trace. */
  readonly parentSpanId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface ReceivedRecord {
  readonly eventName: string;
  readonly severity: string;
  readonly traceId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** One point of a metric, the newest. */
export interface ReceivedPoint {
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Of a histogram: its count. */
  readonly value: number;
}

interface Attribute {
  readonly key: string;
  readonly value?: Readonly<Record<string, unknown>>;
}

/** A collector of a test's own: a real HTTP server that decodes what OTLP sends as JSON. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  readonly records: ReceivedRecord[] = [];
  /** All bytes that came, for what must not be in them. */
  text = '';
  readonly #metrics = new Map<string, readonly ReceivedPoint[]>();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(context: TestContext): Promise<OtlpReceiver> {
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        receiver.#take(body);
        response.setHeader('content-type', 'application/json');
        response.end('{}');
      });
    });
    const receiver = new OtlpReceiver(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    context.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return receiver;
  }

  /** The variables that send everything here, soon. */
  get environment(): NodeJS.ProcessEnv {
    const { port } = this.#server.address() as AddressInfo;
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_METRIC_EXPORT_INTERVAL: '200',
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_BLRP_SCHEDULE_DELAY: '50',
    };
  }

  metricNames(): readonly string[] {
    return [...this.#metrics.keys()];
  }

  points(metric: string): readonly ReceivedPoint[] {
    return this.#metrics.get(metric) ?? [];
  }

  /** The first span of which `pick` is true, now or later. */
  async span(what: string, pick: (span: ReceivedSpan) => boolean): Promise<ReceivedSpan> {
    return await until(what, () => this.spans.find(pick));
  }

  async record(eventName: string): Promise<ReceivedRecord> {
    return await until(`the record of ${eventName}`, () => this.records.find((one) => one.eventName === eventName));
  }

  parentOf({ traceId, parentSpanId }: ReceivedSpan): ReceivedSpan | undefined {
    return this.spans.find((span) => span.traceId === traceId && span.spanId === parentSpanId);
  }

  #take(body: string): void {
    this.text += body;
    const { resourceSpans = [], resourceLogs = [], resourceMetrics = [] } = JSON.parse(body);
    for (const { resource, scopeSpans } of resourceSpans) {
      const service = String(attributesOf(resource.attributes)['service.name']);
      for (const { spans } of scopeSpans)
        for (const { name, traceId, spanId, parentSpanId = '', attributes } of spans)
          this.spans.push({ service, name, traceId, spanId, parentSpanId, attributes: attributesOf(attributes) });
    }
    for (const { scopeLogs } of resourceLogs)
      for (const { logRecords } of scopeLogs)
        for (const { eventName, severityText, traceId = '', attributes } of logRecords)
          this.records.push({ eventName, severity: severityText, traceId, attributes: attributesOf(attributes) });
    for (const { scopeMetrics } of resourceMetrics)
      for (const { metrics } of scopeMetrics)
        for (const { name, gauge, sum, histogram } of metrics)
          this.#metrics.set(name, pointsOf((gauge ?? sum ?? histogram)?.dataPoints ?? []));
  }
}

function pointsOf(
  points: readonly { attributes: Attribute[]; asDouble?: number; asInt?: string; count?: string }[],
): ReceivedPoint[] {
  return points.map(({ attributes, asDouble, asInt, count }) => ({
    attributes: attributesOf(attributes),
    value: Number(asDouble ?? asInt ?? count),
  }));
}

function attributesOf(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value = {} }) => [key, Object.values(value)[0]]));
}
