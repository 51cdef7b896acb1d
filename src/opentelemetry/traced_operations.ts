import { context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import type { HoldOperation, HoldResult } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import type { OperationWatch } from '../lease/lease_watch.js';
import type { Peer } from '../rpc/context.js';
import { acquireOutcome, attributesOf, caseOf, fieldOf } from './attribute_rules.js';
import type { Instruments } from './instruments.js';
import { contextOf, liveContext } from './trace_context.js';

interface Running {
  readonly name: string;
  readonly beganMs: number;
  /** Undefined: its trace is not kept. */
  readonly span: Span | undefined;
}

/** Operations of which each has a span; renewals would be most of all spans and tell nothing. */
const TRACED = new Set(['acquire', 'release', 'attach', 'resume']);

/** Follows the operations of one HoldLeases stream, each in the trace that its client names. */
export class TracedOperations implements OperationWatch {
  readonly #tracer: Tracer;
  readonly #instruments: Instruments;
  readonly #peer: Peer;
  readonly #isKept: (traceparent: string | undefined) => boolean;
  readonly #running = new Map<bigint, Running>();

  constructor(
    tracer: Tracer,
    instruments: Instruments,
    peer: Peer,
    isKept: (traceparent: string | undefined) => boolean,
  ) {
    this.#isKept = isKept;
    this.#tracer = tracer;
    this.#instruments = instruments;
    this.#peer = peer;
  }

  run({ operationId, operation, traceContext }: HoldOperation, work: () => void): void {
    const name = operation?.$case;
    if (name === undefined || !TRACED.has(name)) {
      workUntraced(work);
      return;
    }
    if (!this.#isKept(traceContext?.traceparent)) {
      this.#running.set(operationId, { name, beganMs: performance.now(), span: undefined });
      workUntraced(work);
      return;
    }
    const parent = contextOf(traceContext);
    // Not a child of the stream's span, which belongs to whoever opened it and ends with it.
    const stream = trace.getActiveSpan()?.spanContext();
    const span = this.#tracer.startSpan(
      `tenure.lease.${name}`,
      { kind: SpanKind.SERVER, ...(stream === undefined ? {} : { links: [{ context: stream }] }) },
      parent,
    );
    if (span.isRecording()) {
      const { uid, role, process } = this.#peer;
      span.setAttributes({ 'tenure.peer.uid': uid, 'tenure.peer.role': role, ...attributesOf(operation?.value) });
      if (process !== undefined) span.setAttribute('tenure.peer.pid', process.pid);
    }
    this.#running.set(operationId, { name, beganMs: performance.now(), span });
    context.with(trace.setSpan(parent, span), work);
  }

  settled(operationId: bigint, result: HoldResult['result']): void {
    const running = this.#running.get(operationId);
    if (running === undefined) return;
    this.#running.delete(operationId);
    const { name, beganMs, span } = running;
    const failed = result?.$case === 'error' ? result.value.reason : undefined;
    const outcome = failed ?? outcomeOf(result);
    if (name === 'acquire') this.#acquired(beganMs, failed === undefined ? outcome : 'refused');
    if (span === undefined) return;
    if (span.isRecording()) span.setAttributes({ ...attributesOf(result?.value), 'tenure.outcome': outcome });
    if (failed !== undefined) {
      span.setAttribute('error.type', failed);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end();
  }

  close(): void {
    for (const { span } of this.#running.values()) {
      span?.setAttribute('tenure.outcome', 'disconnected');
      span?.end();
    }
    this.#running.clear();
  }

  #acquired(beganMs: number, outcome: string): void {
    this.#instruments.acquires.add(outcome, () => ({ outcome }));
    this.#instruments.acquireTime.record((performance.now() - beganMs) / 1_000, { outcome });
  }
}

/** Not in the trace of whoever opened the stream, which is what the stream's turns run in. */
function workUntraced(work: () => void): void {
  if (liveContext() === undefined) work();
  else context.with(ROOT_CONTEXT, work);
}

function outcomeOf(result: HoldResult['result']): string {
  if (result?.$case === 'acquired') return acquireOutcome(result.value) ?? 'held';
  return caseOf(fieldOf(result?.value, 'outcome')) ?? result?.$case ?? '';
}
