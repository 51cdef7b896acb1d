import { type Context, context, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import type { Tracing } from '@tenure/client';
import { startSdk } from './sdk.js';
import { sdkVariables, type TelemetrySettings } from './settings_rules.js';
import { childVariables, contextOf, currentCarrier } from './trace_context.js';

const SCOPE = 'tenure';
/** A collector that does not answer keeps no command from its end for longer. */
const LAST_EXPORT_MS = 1_000;

/** A command line is configured by the standard variables alone. */
const SETTINGS: TelemetrySettings = {
  endpoint: undefined,
  protocol: 'http/protobuf',
  traces: true,
  metrics: false,
  logs: false,
  sampling: 1,
  serviceName: 'tenure',
};

/** The trace of one command: its own span, and one for each call that it makes. */
export interface CommandTrace {
  readonly tracing: Tracing;
  /** Runs the command in its span. Its children find the span in TRACEPARENT. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Which command it is, once that is known: `tenure lease list`. Never arguments. */
  name(command: string): void;
  /** Ends the span and exports it. */
  close(exitCode: number): Promise<void>;
}

/** Starts the SDK. Nothing that loads grpc-js may be imported before. */
export function startCommandTrace(version: string): CommandTrace {
  const sdk = startSdk({
    version,
    variables: sdkVariables(process.env, SETTINGS),
    metricReaders: () => [],
    logs: false,
    // A command says nothing of its own about a collector; the daemon's status does.
    onTrouble: () => undefined,
  });
  const tracer = trace.getTracer(SCOPE, version);
  const { TRACEPARENT: traceparent, TRACESTATE: tracestate } = process.env;
  const parent = contextOf(traceparent === undefined ? undefined : { traceparent, tracestate });
  const span = tracer.startSpan('tenure', { kind: SpanKind.INTERNAL }, parent);
  const own = trace.setSpan(parent, span);
  return {
    tracing: new ClientTracing(tracer, own),
    run: (work) => {
      Object.assign(process.env, childVariables(own));
      return context.with(own, work);
    },
    name: (command) => span.updateName(command),
    close: async (exitCode) => {
      span.setAttribute('process.exit.code', exitCode);
      span.end();
      await sdk.close(LAST_EXPORT_MS);
    },
  };
}

class ClientTracing implements Tracing {
  readonly #tracer: Tracer;
  readonly #own: Context;

  constructor(tracer: Tracer, own: Context) {
    this.#tracer = tracer;
    this.#own = own;
  }

  current() {
    return currentCarrier();
  }

  begin(operation: string, resources: readonly string[]): ReturnType<Tracing['begin']> {
    const active = context.active();
    const parent = trace.getSpan(active) === undefined ? this.#own : active;
    const span = this.#tracer.startSpan(`tenure.lease.${operation}`, { kind: SpanKind.CLIENT }, parent);
    if (resources.length > 0) span.setAttribute('tenure.resource', oneOrAll(resources));
    return {
      context: currentCarrier(trace.setSpan(parent, span)),
      end: ({ outcome, leaseIds, error }) => {
        span.setAttribute('tenure.outcome', outcome);
        if (leaseIds.length > 0) span.setAttribute('tenure.lease_id', oneOrAll(leaseIds));
        if (error !== undefined) {
          span.setAttribute('error.type', error.reason);
          span.setStatus({ code: SpanStatusCode.ERROR });
        }
        span.end();
      },
    };
  }
}

function oneOrAll(values: readonly string[]): string | string[] {
  const [first] = values;
  return values.length === 1 && first !== undefined ? first : [...values];
}
