/** The daemon's entry where OpenTelemetry is on: the SDK first, for it sees only what is loaded after it. */
import { type DaemonTelemetry, startDaemonTelemetry } from '../opentelemetry/daemon_telemetry.js';
import { sdkVariables } from '../opentelemetry/settings_rules.js';
import type { Config } from './config/config.js';
import { metricsPlaceOf, readEarly, wantsTelemetry } from './early_start.js';
import { daemonVersion } from './version.js';

function start(config: Config): DaemonTelemetry {
  const { place, refused } = metricsPlaceOf(process.env, config);
  return startDaemonTelemetry({
    version: daemonVersion(),
    variables: sdkVariables(process.env, config.telemetry),
    metricsPlace: place,
    ...(refused === undefined
      ? {}
      : { fault: `OTEL_EXPORTER_PROMETHEUS_HOST is ${refused}; metrics are served on this machine alone` }),
  });
}

async function main(): Promise<void> {
  const configuration = await readEarly(process.env);
  const config = configuration?.loaded.config;
  const telemetry = config !== undefined && wantsTelemetry(process.env, config) ? start(config) : undefined;
  const { runDaemon } = await import('./program.js');
  await runDaemon({ configuration, telemetry });
}

void main();
