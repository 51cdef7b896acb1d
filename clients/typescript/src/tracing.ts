import { Metadata } from '@grpc/grpc-js';
import type { TenureError } from './errors.js';

/** A place in a trace, as W3C Trace Context writes it. */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string | undefined;
}

/** How an operation ended. */
export interface OperationEnd {
  /** `granted`, `inherited`, `held`, `released`, `attached`, `ended`; the reason where it failed. */
  readonly outcome: string;
  /** The leases that it was about; none where it failed. */
  readonly leaseIds: readonly string[];
  readonly error?: TenureError | undefined;
}

/** One operation on the standing connection, on its way. */
export interface TracedOperation {
  /** Goes to the daemon with the operation; what it does for it continues from there. */
  readonly context: TraceContext | undefined;
  /** Called once. */
  end(end: OperationEnd): void;
}

/**
 * How a client takes part in traces. Single calls and streams as such are
 * traced by instrumenting grpc-js; acquires, releases and attaches share one
 * stream, and are told apart here.
 */
export interface Tracing {
  /** Where in a trace the caller is now. */
  current(): TraceContext | undefined;
  /** An operation begins, in the turn of whoever asked for it. Undefined: nobody follows it. */
  begin(operation: 'acquire' | 'release' | 'attach', resources: readonly string[]): TracedOperation | undefined;
}

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Without a tracer of its own, a process hands on the trace that it was started in by TRACEPARENT. */
export function inheritedTracing(environment: NodeJS.ProcessEnv): Tracing {
  const { TRACEPARENT: traceparent, TRACESTATE: tracestate } = environment;
  if (traceparent === undefined || !TRACEPARENT.test(traceparent)) {
    return { current: () => undefined, begin: () => undefined };
  }
  const context = { traceparent, tracestate };
  return { current: () => context, begin: () => ({ context, end: () => undefined }) };
}

/** What a call carries so that the daemon continues the trace. An instrumented grpc-js sets its own over it. */
export function traceMetadata(tracing: Tracing, waitForReady = false): Metadata {
  const metadata = new Metadata({ waitForReady });
  const context = tracing.current();
  if (context !== undefined) {
    metadata.set('traceparent', context.traceparent);
    if (context.tracestate) {
      metadata.set('tracestate', context.tracestate);
    }
  }
  return metadata;
}

/** Variables by which a child process continues the trace. */
export function traceEnvironment(tracing: Tracing): NodeJS.ProcessEnv {
  const context = tracing.current();
  if (context === undefined) {
    return {};
  }
  return { TRACEPARENT: context.traceparent, ...(context.tracestate ? { TRACESTATE: context.tracestate } : {}) };
}
