import { metrics, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import type { LeaseWatch } from '../lease/lease_watch.js';
import type { CallWatch } from '../rpc/call_watch.js';
import type { Store } from '../store/port.js';
import type { EventSink } from '../telemetry/events.js';
import type { Tracer } from '../telemetry/tracer.js';
import { createEventCounts } from './event_counts.js';
import { observeEventLoopDelay } from './event_loop_delay.js';
import { createEventRecords } from './event_records.js';
import { headSampling, isKept } from './head_sampling_rules.js';
import { createInstruments } from './instruments.js';
import { measuredStore } from './measured_store.js';
import { metricReaders } from './metric_readers.js';
import { PrometheusEndpoint } from './prometheus.js';
import { startSdk } from './sdk.js';
import type { MetricsPlace } from './settings_rules.js';
import { SpanTracer } from './span_tracer.js';
import { observeStatus, type StatusNumbers } from './status_gauges.js';
import { TracedCalls } from './traced_calls.js';
import { TracedLeases } from './traced_leases.js';

const SCOPE = 'tenure';
/** What the last export may take when the daemon stops. */
const LAST_EXPORT_MS = 2_000;

export interface DaemonTelemetryOptions {
  readonly version: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Undefined: no endpoint for Prometheus. */
  readonly metricsPlace: MetricsPlace | undefined;
  /** What is wrong with its configuration, to be told with the troubles. */
  readonly fault?: string;
}

/** What OpenTelemetry sees of the daemon. */
export interface DaemonTelemetry {
  readonly calls: CallWatch;
  readonly leases: LeaseWatch;
  readonly tracer: Tracer;
  /** Where metrics are to be served. */
  readonly metricsPlace: MetricsPlace | undefined;
  readonly sinks: readonly { readonly name: string; readonly sink: EventSink }[];
  measured(store: Store): Store;
  observe(numbers: StatusNumbers): void;
  /** Whom to tell of the SDK's own troubles from now on; those before are told at once. */
  onTrouble(hear: (message: string) => void): void;
  /** Serves Prometheus, where that is configured. Rejects where the place is taken. */
  serveMetrics(): Promise<void>;
  /** Exports what there is, and ends. */
  close(): Promise<void>;
}

/** Starts the SDK. Nothing that loads grpc-js may be imported before. */
export function startDaemonTelemetry({
  version,
  variables,
  metricsPlace,
  fault,
}: DaemonTelemetryOptions): DaemonTelemetry {
  const prometheus = metricsPlace === undefined ? undefined : new PrometheusEndpoint();
  const early: string[] = fault === undefined ? [] : [fault];
  let tell = (message: string): void => void early.push(message);
  const sampling = headSampling({ ...process.env, ...variables });
  const kept = (traceparent: string | undefined): boolean => isKept(traceparent, sampling.share, Math.random());
  const sdk = startSdk({
    version,
    variables: { ...variables, ...sampling.variables },
    metricReaders: () => [...metricReaders(process.env), ...(prometheus === undefined ? [] : [prometheus.reader])],
    logs: true,
    onTrouble: (message) => tell(message),
  });
  const spans = trace.getTracer(SCOPE, version);
  const meter = metrics.getMeter(SCOPE, version);
  const instruments = createInstruments(meter);
  const stopDelay = observeEventLoopDelay(meter);
  return {
    calls: new TracedCalls(instruments, kept),
    leases: new TracedLeases(spans, instruments, kept),
    tracer: new SpanTracer(spans, instruments),
    metricsPlace,
    sinks: [
      {
        name: 'opentelemetry logs',
        sink: createEventRecords(logs.getLogger(SCOPE, version), (sampling.share ?? 1) === 1),
      },
      { name: 'opentelemetry metrics', sink: createEventCounts(instruments) },
    ],
    measured: (store) => measuredStore(store, instruments),
    observe: (numbers) => observeStatus(meter, numbers),
    onTrouble: (hear) => {
      tell = hear;
      for (const message of early.splice(0)) hear(message);
    },
    serveMetrics: async () => {
      if (metricsPlace !== undefined) await prometheus?.listen(metricsPlace);
    },
    close: async () => {
      stopDelay();
      await prometheus?.close();
      await sdk.close(LAST_EXPORT_MS);
    },
  };
}
