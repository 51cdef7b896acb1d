import { diag } from '@opentelemetry/api';
import { OTLPMetricExporter as GrpcExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import {
  ConsoleMetricExporter,
  type IMetricReader,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { metricsExporters } from './settings_rules.js';

const DEFAULT_INTERVAL_MS = 60_000;

/**
 * The readers that the standard variables ask for. The SDK's own reading of
 * them would serve Prometheus to the whole network.
 */
export function metricReaders(environment: NodeJS.ProcessEnv): readonly IMetricReader[] {
  return metricsExporters(environment['OTEL_METRICS_EXPORTER']).flatMap((name) => {
    const exporter = exporterOf(name, environment);
    return exporter === undefined ? [] : [periodic(exporter, environment)];
  });
}

function exporterOf(name: string, environment: NodeJS.ProcessEnv): PushMetricExporter | undefined {
  switch (name) {
    case 'otlp':
      return otlpExporter(environment);
    case 'console':
      return new ConsoleMetricExporter();
    case 'prometheus':
      // Served by the daemon, where `metrics.listen` says.
      return undefined;
    default:
      diag.warn(`OTEL_METRICS_EXPORTER names ${name}; otlp, console, prometheus and none are known`);
      return undefined;
  }
}

function otlpExporter(environment: NodeJS.ProcessEnv): PushMetricExporter {
  const protocol =
    environment['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL']?.trim() || environment['OTEL_EXPORTER_OTLP_PROTOCOL']?.trim();
  switch (protocol) {
    case 'grpc':
      return new GrpcExporter();
    case 'http/json':
      return new JsonExporter();
    default:
      return new ProtobufExporter();
  }
}

function periodic(exporter: PushMetricExporter, environment: NodeJS.ProcessEnv): IMetricReader {
  const interval = Number(environment['OTEL_METRIC_EXPORT_INTERVAL'] ?? '');
  const timeout = Number(environment['OTEL_METRIC_EXPORT_TIMEOUT'] ?? '');
  const exportIntervalMillis = interval > 0 ? interval : DEFAULT_INTERVAL_MS;
  return new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis,
    exportTimeoutMillis: Math.min(timeout > 0 ? timeout : exportIntervalMillis, exportIntervalMillis),
  });
}
