import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { type handleUnaryCall, Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import { until } from './until.js';
import { World } from './world.js';

type Signal = 'trace' | 'metrics' | 'logs';
type Export = handleUnaryCall<Buffer, Buffer>;

const EXPORTS = {
  trace: 'TraceService',
  metrics: 'MetricsService',
  logs: 'LogsService',
} as const satisfies Record<Signal, string>;

const asIs = (bytes: Buffer): Buffer => bytes;

function definitionOf(signal: Signal): ServiceDefinition<{ Export: Export }> {
  return {
    Export: {
      path: `/opentelemetry.proto.collector.${signal}.v1.${EXPORTS[signal]}/Export`,
      requestStream: false,
      responseStream: false,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    },
  };
}

/** A collector that speaks gRPC: what came, as it came. */
async function collector(context: TestContext): Promise<{ address: string; textOf: (signal: Signal) => string }> {
  const server = new Server();
  const came: Record<Signal, string> = { trace: '', metrics: '', logs: '' };
  for (const signal of ['trace', 'metrics', 'logs'] as const) {
    const take: Export = (call, answer) => {
      came[signal] += call.request.toString('latin1');
      answer(null, Buffer.alloc(0));
    };
    server.addService(definitionOf(signal), { Export: take });
  }
  const bind = promisify(server.bindAsync.bind(server));
  const port = await bind('127.0.0.1:0', ServerCredentials.createInsecure());
  context.after(() => server.forceShutdown());
  return { address: `http://127.0.0.1:${port}`, textOf: (signal) => came[signal] };
}

test('a collector that speaks gRPC gets traces of commands and daemon, metrics and events, and no trace of that', async (t) => {
  const { address, textOf } = await collector(t);
  const world = new World(t, {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: address,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_METRIC_EXPORT_INTERVAL: '200',
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_BLRP_SCHEDULE_DELAY: '50',
    },
  });
  await world.startDaemon();
  assert.equal((await world.run(['run', 'a', '--', 'true'])).code, 0);
  await until('the span of the command', () => textOf('trace').includes('tenure run'));
  await until('the span of the daemon', () => textOf('trace').includes('tenure.store.commit'));
  await until('the metric', () => textOf('metrics').includes('tenure.lease.acquires'));
  await until('the event', () => textOf('logs').includes('lease.released'));
  const exports = textOf('metrics').length;
  await until('another export', () => textOf('metrics').length > exports);
  assert.doesNotMatch(textOf('trace'), /opentelemetry\.proto\.collector/);
});
