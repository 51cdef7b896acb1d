import { rmSync } from 'node:fs';
import type { Logger } from 'pino';
import type { StatusSources } from '../health/status.js';
import type { WarningRegistry } from '../health/warning_registry.js';
import type { Leases } from '../lease/create_leases.js';
import type { DaemonTelemetry } from '../opentelemetry/daemon_telemetry.js';
import type { MetricsPlace } from '../opentelemetry/settings_rules.js';
import { messageOf } from '../os/errno.js';
import { redactText } from '../telemetry/redaction.js';
import type { Closers } from './closers.js';
import { probeSocket } from './socket_probe.js';

const TROUBLE = 'telemetry-trouble';
/** Without a word of trouble for so long, it is over: the exporters try at least each minute. */
const TROUBLE_OVER_MS = 180_000;

export interface TelemetryParts {
  readonly log: Logger;
  readonly warnings: WarningRegistry;
  readonly leases: Pick<Leases, 'numbers'>;
  readonly sources: StatusSources;
  readonly monotonicMs: () => number;
}

/** Shows the daemon's numbers to OpenTelemetry, and OpenTelemetry's troubles to the operator. None of them stops anything. */
export async function connectTelemetry(telemetry: DaemonTelemetry, parts: TelemetryParts): Promise<void> {
  const { log, warnings, leases, sources, monotonicMs } = parts;
  tellTroubles(telemetry, log, warnings);
  telemetry.observe({
    leases: () => leases.numbers(),
    store: () => sources.store() ?? { freeBytes: 0, writable: false },
    secrets: () => sources.secrets() ?? { secrets: 0, activeLeases: 0, pendingRevocations: 0 },
    sessions: () => sources.sessions(),
    tasks: () => sources.tasks(),
    eventSinks: () => sources.eventSinks(),
    warnings: () => sources.warnings(),
    connections: () => sources.connections(),
    residentBytes: () => sources.residentBytes(),
    uptimeMs: () => monotonicMs() - sources.run.startMonotonicMs,
  });
  try {
    await freeStaleSocket(telemetry.metricsPlace);
    await telemetry.serveMetrics();
  } catch (error) {
    log.warn({ err: error }, 'the metrics cannot be served');
    warnings.raise('metrics-not-served', {
      message: `the metrics cannot be served: ${messageOf(error)}`,
      remedy: 'free the place that metrics.listen names, or name another, and restart the daemon',
    });
  }
}

/** Last of all, so that what the end itself tells is exported, too. */
export function closeTelemetryLast(telemetry: DaemonTelemetry, closers: Closers): void {
  closers.add('telemetry', () => telemetry.close());
}

/** A daemon that was killed leaves its socket behind; nobody else's is touched. */
async function freeStaleSocket(place: MetricsPlace | undefined): Promise<void> {
  const ownUid = process.getuid?.();
  if (place?.kind !== 'unix' || ownUid === undefined) return;
  if ((await probeSocket(place.path, ownUid)).kind === 'stale') rmSync(place.path);
}

function tellTroubles(telemetry: DaemonTelemetry, log: Logger, warnings: WarningRegistry): void {
  let over: NodeJS.Timeout | undefined;
  telemetry.onTrouble((text) => {
    // Of gRPC's there may be a heading with nothing below it.
    const message = redactText(text).replace(/\s*Resolution note:\s*$/, '');
    const isNew = warnings.raise(TROUBLE, {
      message: `OpenTelemetry has trouble: ${message}`,
      remedy: 'see whether the collector runs and what telemetry.endpoint or OTEL_* say; leases go on meanwhile',
    });
    if (isNew) log.warn({ trouble: message }, 'OpenTelemetry has trouble');
    clearTimeout(over);
    over = setTimeout(() => warnings.clear(TROUBLE), TROUBLE_OVER_MS).unref();
  });
}
