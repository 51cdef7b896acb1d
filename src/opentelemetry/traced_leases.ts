import { context, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import type { LeaseWatch, OperationWatch } from '../lease/lease_watch.js';
import type { Peer } from '../rpc/context.js';
import type { Instruments } from './instruments.js';
import { liveContext } from './trace_context.js';
import { TracedOperations } from './traced_operations.js';

/** Follows the leases' operations and commits. */
export class TracedLeases implements LeaseWatch {
  readonly #tracer: Tracer;
  readonly #instruments: Instruments;
  readonly #isKept: (traceparent: string | undefined) => boolean;

  constructor(tracer: Tracer, instruments: Instruments, isKept: (traceparent: string | undefined) => boolean) {
    this.#isKept = isKept;
    this.#tracer = tracer;
    this.#instruments = instruments;
  }

  operations(peer: Peer): OperationWatch {
    return new TracedOperations(this.#tracer, this.#instruments, peer, this.#isKept);
  }

  /** Each change of a batch has a span of its own, in its own trace; what is told afterwards belongs to that trace, too. */
  committing(settle: (fault: unknown) => void): (fault: unknown) => void {
    const caller = liveContext();
    if (caller === undefined) return settle;
    const span = this.#tracer.startSpan('tenure.store.commit', { kind: SpanKind.INTERNAL }, caller);
    return (fault) => {
      if (fault !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
      context.with(caller, settle, undefined, fault);
    };
  }
}
