import { isDisabled, isWanted, type MetricsPlace, prometheusPlace } from '../opentelemetry/settings_rules.js';
import { readArguments } from './arguments.js';
import type { Config } from './config/config.js';
import { type Configuration, readConfiguration } from './foundation.js';

/**
 * The configuration, before anything else: it may ask for OpenTelemetry, which
 * must come before all that it is to see. Undefined where no daemon is to be
 * started, or something is wrong, which is told later.
 */
export async function readEarly(environment: NodeJS.ProcessEnv): Promise<Configuration | undefined> {
  try {
    const given = readArguments(process.argv.slice(2), process.cwd());
    if (given.show !== undefined || given.check || given.examine) return undefined;
    return await readConfiguration({ environment, arguments: given });
  } catch {
    return undefined;
  }
}

/** Whether the daemon is to be seen by OpenTelemetry: by the standard variables or by its configuration. */
export function wantsTelemetry(environment: NodeJS.ProcessEnv, { telemetry, metrics }: Config): boolean {
  if (isDisabled(environment)) return false;
  return isWanted(environment) || telemetry.endpoint !== undefined || metrics.listen !== undefined;
}

/** Where Prometheus finds the metrics; `refused` is a host that the environment names and that is not this machine alone. */
export function metricsPlaceOf(
  environment: NodeJS.ProcessEnv,
  { metrics }: Config,
): { readonly place: MetricsPlace | undefined; readonly refused: string | undefined } {
  if (metrics.listen !== undefined) return { place: metrics.listen, refused: undefined };
  return prometheusPlace(environment) ?? { place: undefined, refused: undefined };
}
