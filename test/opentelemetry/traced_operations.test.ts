import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Context, context, metrics, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { node } from '@opentelemetry/sdk-node';
import type { HoldOperation } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { createInstruments } from '../../src/opentelemetry/instruments.js';
import { liveContext } from '../../src/opentelemetry/trace_context.js';
import { TracedOperations } from '../../src/opentelemetry/traced_operations.js';
import { ownPeer } from '../../src/session/own_peer.js';

const PEER = ownPeer(0, 'boot');

test('what an operation does belongs to its own trace, or to none, and never to that of its stream', (t) => {
  const provider = new node.NodeTracerProvider();
  provider.register();
  t.after(() => {
    trace.disable();
    context.disable();
  });
  const spans = trace.getTracer('test');
  const streamSpan = spans.startSpan('HoldLeases');
  const stream = trace.setSpan(ROOT_CONTEXT, streamSpan);
  const instruments = createInstruments(metrics.getMeter('test'));
  const contextWithin = (operation: HoldOperation['operation'], isKept: boolean): Context | undefined => {
    const operations = new TracedOperations(spans, instruments, PEER, () => isKept);
    let found: Context | undefined;
    const work = (): void => {
      found = liveContext();
    };
    context.with(stream, () => operations.run({ operationId: 1n, operation, traceContext: undefined }, work));
    operations.close();
    return found;
  };
  const release: HoldOperation['operation'] = { $case: 'release', value: { ownerToken: '' } };
  const renew: HoldOperation['operation'] = { $case: 'renew', value: { ownerToken: '', ttl: undefined } };
  assert.ok(streamSpan.isRecording());
  const own = contextWithin(release, true);
  assert.ok(own !== undefined);
  assert.notEqual(trace.getSpan(own)?.spanContext().traceId, streamSpan.spanContext().traceId);
  assert.equal(contextWithin(release, false), undefined);
  assert.equal(contextWithin(renew, true), undefined);
});
