import type { Logger } from 'pino';
import { PhaseHolder } from '../health/phase.js';
import { WarningRegistry } from '../health/warning_registry.js';
import type { DaemonTelemetry } from '../opentelemetry/daemon_telemetry.js';
import { systemClock } from '../os/clock.js';
import { messageOf } from '../os/errno.js';
import { readStartTicks } from '../os/process_facts.js';
import { ProcessWatch } from '../os/process_watch.js';
import { ServingRegistry } from '../rpc/serving_registry.js';
import { CRASHES_WARNING } from './announce.js';
import type { Closers } from './closers.js';
import { openEventSinks } from './event_sinks.js';
import type { Foundation } from './foundation.js';
import { openAudit } from './open_audit.js';
import { openStore } from './open_store.js';
import { RunRecord } from './run_record.js';
import { Shutdown } from './shutdown.js';
import { openSigningKey } from './signing_key.js';
import { checkPlace } from './socket_takeover.js';
import { StateWatch } from './state_watch.js';

export interface GroundworkParts {
  readonly foundation: Foundation;
  readonly environment: NodeJS.ProcessEnv;
  /** Whether systemd has passed a socket. */
  readonly activated: boolean;
  readonly telemetry: DaemonTelemetry | undefined;
  readonly log: Logger;
  readonly started: { readonly wallMs: number };
  readonly version: string;
  /** What signs the webhooks of events. */
  readonly webhookSecret: () => Promise<Uint8Array | undefined>;
  readonly closers: Closers;
}

/** What all rooms stand on. */
export type Groundwork = Awaited<ReturnType<typeof openGroundwork>>;

/** Opens what tells of the daemon and what keeps its state; nobody reaches it yet. */
export async function openGroundwork(parts: GroundworkParts) {
  const { foundation, telemetry, log, closers } = parts;
  const { stateDir, bootId, ownUid, loaded, places } = foundation;
  const warnings = new WarningRegistry(systemClock.wallMs);
  const record = openRecord(parts, warnings);
  closers.add('record', () => record.close());
  const audit = openAudit(stateDir, ownUid, loaded.config.audit, systemClock.wallMs, warnings);
  closers.add('audit log', () => audit.close());
  const sinks = openEventSinks({
    log,
    config: loaded.config.events,
    environment: parts.environment,
    warnings,
    clock: systemClock,
    sinks: [{ name: 'audit', sink: audit }, ...(telemetry?.sinks ?? [])],
    webhookSecret: parts.webhookSecret,
  });
  closers.add('event sinks', () => sinks.close());
  const { events } = sinks;
  const phase = new PhaseHolder();
  const registry = new ServingRegistry();
  const shutdown = new Shutdown({ phase, registry, record, events, closers });
  const key = openSigningKey(stateDir, ownUid);
  if (!parts.activated) await checkPlace(places[0].path, ownUid);
  const processWatch = new ProcessWatch();
  closers.add('process watch', () => processWatch.close());
  const { store: plainStore, contents } = await openStore(stateDir, bootId, systemClock.wallMs);
  const store = telemetry?.measured(plainStore) ?? plainStore;
  closers.add('store', () => store.close());
  const stop = (what: string, error: unknown): void => {
    log.error({ err: error }, `${what}: tenured stops`);
    shutdown.begin({ kind: 'store-failed', message: messageOf(error) });
  };
  const stateWatch = new StateWatch({
    store,
    lock: foundation.lock,
    stateDir,
    warnings,
    onLost: (message) => stop('the state folder is lost', new Error(message)),
  });
  closers.add('state watch', () => stateWatch.close());
  const eventCounts = sinks.counts;
  return {
    warnings,
    record,
    audit,
    events,
    eventCounts,
    phase,
    registry,
    shutdown,
    key,
    processWatch,
    store,
    contents,
    stop,
  };
}

function openRecord(parts: GroundworkParts, warnings: WarningRegistry): RunRecord {
  const { foundation, log, version, started } = parts;
  const { stateDir, bootId, previous, places, recordPath } = foundation;
  const run = {
    stateDir,
    socketPath: places[0].path,
    pid: process.pid,
    startTicks: readStartTicks(process.pid) ?? 0,
    bootId,
    version,
    startTime: new Date(started.wallMs).toISOString(),
  };
  return new RunRecord(recordPath, previous, run, {
    onFault: (error) => {
      log.error({ err: error }, 'daemon.json could not be written');
      warnings.raise('record-not-written', {
        message: `daemon.json could not be written: ${messageOf(error)}`,
        remedy: `make room on the file system of ${stateDir}, and restart the daemon`,
      });
    },
    onSettled: () => warnings.clear(CRASHES_WARNING),
  });
}
