/** What the configuration file says; the standard variables come first. */
export interface TelemetrySettings {
  /** Of an OTLP collector; undefined: what the environment says, if anything. */
  readonly endpoint: string | undefined;
  readonly protocol: 'http/protobuf' | 'http/json' | 'grpc';
  readonly traces: boolean;
  readonly metrics: boolean;
  readonly logs: boolean;
  /** From 0 to 1, of the traces that begin here. */
  readonly sampling: number;
  readonly serviceName: string;
}

/** Where metrics are served: nowhere that other machines could reach. */
export type MetricsPlace =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

type Variables = Readonly<Record<string, string | undefined>>;

const SIGNALS = ['TRACES', 'METRICS', 'LOGS'] as const;

/** Whether the standard variables ask for OpenTelemetry: something is to be exported, and it is not switched off. */
export function isWanted(environment: Variables): boolean {
  if (isDisabled(environment)) return false;
  if (isSet(environment['OTEL_EXPORTER_OTLP_ENDPOINT'])) return true;
  return SIGNALS.some(
    (signal) => isSet(environment[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`]) || exporterOf(environment, signal),
  );
}

export function isDisabled(environment: Variables): boolean {
  return environment['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true';
}

/**
 * The variables that the SDK is to find: as given, with what the
 * configuration adds, and off what nobody has asked for. By itself the SDK
 * would look for a collector on this machine for each signal that is not off.
 */
export function sdkVariables(environment: Variables, settings: TelemetrySettings): Readonly<Record<string, string>> {
  const endpoint = isSet(environment['OTEL_EXPORTER_OTLP_ENDPOINT']) ? undefined : settings.endpoint;
  const given: Record<string, string> = {};
  const byDefault = (name: string, value: string): void => {
    if (!isSet(environment[name])) given[name] = value;
  };
  if (endpoint !== undefined) {
    given['OTEL_EXPORTER_OTLP_ENDPOINT'] = endpoint;
    byDefault('OTEL_EXPORTER_OTLP_PROTOCOL', settings.protocol);
  }
  const hasEndpoint = endpoint !== undefined || isSet(environment['OTEL_EXPORTER_OTLP_ENDPOINT']);
  const chosen = { TRACES: settings.traces, METRICS: settings.metrics, LOGS: settings.logs };
  for (const signal of SIGNALS) {
    const goes = hasEndpoint || isSet(environment[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`]);
    byDefault(`OTEL_${signal}_EXPORTER`, goes && chosen[signal] ? 'otlp' : 'none');
  }
  if (settings.sampling < 1 && !isSet(environment['OTEL_TRACES_SAMPLER'])) {
    given['OTEL_TRACES_SAMPLER'] = 'parentbased_traceidratio';
    given['OTEL_TRACES_SAMPLER_ARG'] = String(settings.sampling);
  }
  byDefault('OTEL_SERVICE_NAME', settings.serviceName);
  return given;
}

const DEFAULT_ENDPOINTS = { grpc: 'http://localhost:4317', http: 'http://localhost:4318' } as const;

/** Where the standard variables send the traces of a command; undefined: to no collector. */
export function tracesEndpoint(
  environment: Variables,
): { readonly variable: string; readonly endpoint: string } | undefined {
  const exporter = environment['OTEL_TRACES_EXPORTER']?.trim();
  if (!isWanted(environment) || (isSet(exporter) && exporter !== 'otlp')) return undefined;
  for (const variable of ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT']) {
    const endpoint = environment[variable]?.trim();
    if (endpoint !== undefined && endpoint !== '') return { variable, endpoint };
  }
  if (exporter !== 'otlp') return undefined;
  const protocol = environment['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] ?? environment['OTEL_EXPORTER_OTLP_PROTOCOL'];
  const endpoint = DEFAULT_ENDPOINTS[protocol?.trim() === 'grpc' ? 'grpc' : 'http'];
  return { variable: 'OTEL_TRACES_EXPORTER', endpoint };
}

const LOOPBACK_HOSTS: readonly (string | undefined)[] = [undefined, '', 'localhost', '127.0.0.1', '::1'];
const PROMETHEUS_PORT = 9464;

/** Where the standard variables want the metrics for Prometheus; `refused` is a host that is not this machine alone. */
export function prometheusPlace(
  environment: Variables,
): { readonly place: MetricsPlace; readonly refused: string | undefined } | undefined {
  if (!metricsExporters(environment['OTEL_METRICS_EXPORTER']).includes('prometheus')) return undefined;
  const host = environment['OTEL_EXPORTER_PROMETHEUS_HOST']?.trim();
  const port = Number(environment['OTEL_EXPORTER_PROMETHEUS_PORT'] ?? '');
  const place = {
    kind: 'tcp',
    host: host === '::1' ? host : '127.0.0.1',
    port: port > 0 ? port : PROMETHEUS_PORT,
  } as const;
  return { place, refused: LOOPBACK_HOSTS.includes(host) ? undefined : host };
}

/** The exporters of metrics that `OTEL_METRICS_EXPORTER` names, in its order. */
export function metricsExporters(variable: string | undefined): readonly string[] {
  const names = (variable ?? '').split(',').map((name) => name.trim());
  return names.includes('none') ? [] : [...new Set(names.filter((name) => name !== ''))];
}

function exporterOf(environment: Variables, signal: (typeof SIGNALS)[number]): boolean {
  const exporter = environment[`OTEL_${signal}_EXPORTER`];
  return isSet(exporter) && exporter?.trim() !== 'none';
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value.trim() !== '';
}
