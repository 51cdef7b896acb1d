import { type Context, context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';

/** As W3C Trace Context names and writes them. */
export interface Carrier {
  readonly traceparent: string;
  readonly tracestate?: string | undefined;
}

/** The context that a carrier stands for: the root where it has none, or a malformed one. */
export function contextOf(carrier: Carrier | undefined): Context {
  if (carrier === undefined) return ROOT_CONTEXT;
  const { traceparent, tracestate = '' } = carrier;
  return propagation.extract(ROOT_CONTEXT, { traceparent, ...(tracestate === '' ? {} : { tracestate }) });
}

/**
 * The trace for which something is done now; undefined where the daemon does
 * it by itself. A span that has ended is not one: timers and watches that its
 * call has set up live on in its context.
 */
export function liveContext(): Context | undefined {
  const active = context.active();
  return trace.getSpan(active)?.isRecording() === true ? active : undefined;
}

/** Where the running code is in its trace; undefined outside of one. */
export function currentCarrier(of: Context = context.active()): Carrier | undefined {
  const carrier: Record<string, string> = {};
  propagation.inject(of, carrier);
  const { traceparent, tracestate } = carrier;
  return traceparent === undefined ? undefined : { traceparent, tracestate };
}

/** Variables by which a child process continues the trace. */
export function childVariables(of?: Context): NodeJS.ProcessEnv {
  const carrier = currentCarrier(of);
  if (carrier === undefined) return {};
  return {
    TRACEPARENT: carrier.traceparent,
    ...(carrier.tracestate === undefined ? {} : { TRACESTATE: carrier.tracestate }),
  };
}
