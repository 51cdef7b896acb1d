import assert from 'node:assert/strict';
import { test } from 'node:test';
import { daemonEnvironment } from '../../clients/typescript/src/daemon_command.js';
import { inheritedTracing, traceEnvironment, traceMetadata } from '../../clients/typescript/src/tracing.js';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test('a trace that comes in goes on with calls, operations and children', () => {
  const tracing = inheritedTracing({ TRACEPARENT, TRACESTATE: 'a=b' });
  const metadata = traceMetadata(tracing);
  assert.deepEqual([metadata.get('traceparent'), metadata.get('tracestate')], [[TRACEPARENT], ['a=b']]);
  assert.deepEqual(tracing.begin('acquire', ['a'])?.context, { traceparent: TRACEPARENT, tracestate: 'a=b' });
  assert.deepEqual(traceEnvironment(tracing), { TRACEPARENT, TRACESTATE: 'a=b' });
});

test('without one, or with one that is malformed, nothing is added', () => {
  for (const environment of [{}, { TRACEPARENT: 'x' }, { TRACEPARENT: `${TRACEPARENT}\n` }]) {
    const tracing = inheritedTracing(environment);
    assert.deepEqual(traceMetadata(tracing).getMap(), {});
    assert.equal(tracing.begin('acquire', []), undefined);
    assert.deepEqual(traceEnvironment(tracing), {});
  }
});

test('a daemon is started with the variables of OpenTelemetry, but not with its client\u2019s name and place in a trace', () => {
  const environment = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'x',
    OTEL_SERVICE_NAME: 'x',
    OTEL_RESOURCE_ATTRIBUTES: 'x',
    TRACEPARENT,
  };
  assert.deepEqual(daemonEnvironment(environment), { OTEL_EXPORTER_OTLP_ENDPOINT: 'x' });
});
