import { join } from 'node:path';
import type { Logger } from 'pino';
import { createAuditService } from '../audit/service.js';
import { PhaseHolder } from '../health/phase.js';
import { createHealthService } from '../health/service.js';
import { outlineOf, type RunFacts } from '../health/status.js';
import { StatusChanges } from '../health/status_changes.js';
import { WarningRegistry } from '../health/warning_registry.js';
import { createLeases } from '../lease/create_leases.js';
import type { DaemonTelemetry } from '../opentelemetry/daemon_telemetry.js';
import { systemClock } from '../os/clock.js';
import { messageOf } from '../os/errno.js';
import { readStartTicks } from '../os/process_facts.js';
import { ProcessWatch } from '../os/process_watch.js';
import { ServingRegistry } from '../rpc/serving_registry.js';
import { announceStart, CRASHES_WARNING } from './announce.js';
import type { Arguments } from './arguments.js';
import { Closers } from './closers.js';
import { type Door, openDoor } from './door.js';
import { openEventSinks } from './event_sinks.js';
import { type Configuration, type Foundation, layFoundation } from './foundation.js';
import { policyTable } from './lease_policies.js';
import { LiveConfig } from './live_config.js';
import { openAudit } from './open_audit.js';
import { LOG_NAME, openLog } from './open_log.js';
import { openRpc } from './open_rpc.js';
import { openSecrets } from './open_secrets.js';
import { openSessions, webhookSecret } from './open_sessions.js';
import { openStore } from './open_store.js';
import { openTasks } from './open_tasks.js';
import { closeTelemetryLast, connectTelemetry } from './open_telemetry.js';
import { type Run, RunRecord } from './run_record.js';
import { registerServices } from './services.js';
import { heirsOfSession } from './session_heirs.js';
import { SessionStart } from './session_start.js';
import { Shutdown } from './shutdown.js';
import { openSigningKey } from './signing_key.js';
import { checkPlace } from './socket_takeover.js';
import { StateWatch } from './state_watch.js';
import { statusSources } from './status_sources.js';
import { internalFault } from './told_faults.js';
import { daemonVersion } from './version.js';

/** What calls under way may take when the daemon stops; clients wait longer for the next one. */
const DRAIN_MS = 3_000;

export interface DaemonOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly arguments: Arguments;
  /** Whether systemd has passed a socket. */
  readonly activated: boolean;
  /** Where it has been read already. */
  readonly configuration?: Configuration | undefined;
  /** What OpenTelemetry sees of it; undefined: it is off. */
  readonly telemetry?: DaemonTelemetry | undefined;
}

export interface RunningDaemon {
  readonly socketPath: () => string;
  readonly log: Logger;
  readonly shutdown: Shutdown;
  /** Reads the configuration again. */
  reload(): Promise<unknown>;
}

/** Starts the daemon; resolves once leases are served. What was opened before a fault is closed again. */
export async function startDaemon(options: DaemonOptions): Promise<RunningDaemon> {
  let log: Logger | undefined;
  const closers = new Closers((name, error) => log?.error({ err: error }, `closing the ${name} failed`));
  try {
    const started = { wallMs: systemClock.wallMs(), monotonicMs: systemClock.monotonicMs() };
    if (options.telemetry !== undefined) closeTelemetryLast(options.telemetry, closers);
    const foundation = await layFoundation(options, closers);
    const opened = openLog(foundation.stateDir, foundation.loaded.config.logging.level, options.arguments.foreground);
    closers.add('log', () => opened.close());
    log = opened.logger;
    return await compose(options, foundation, log, started, closers);
  } catch (error) {
    log?.error({ err: error }, 'tenured cannot start');
    await closers.closeAll();
    throw error;
  }
}

async function compose(
  options: DaemonOptions,
  foundation: Foundation,
  log: Logger,
  started: { readonly wallMs: number; readonly monotonicMs: number },
  closers: Closers,
): Promise<RunningDaemon> {
  const { stateDir, bootId, ownUid, loaded, lastExit, previous, places } = foundation;
  const { telemetry } = options;
  const version = daemonVersion();
  const warnings = new WarningRegistry(systemClock.wallMs);
  const run: Run = {
    stateDir,
    socketPath: places[0].path,
    pid: process.pid,
    startTicks: readStartTicks(process.pid) ?? 0,
    bootId,
    version,
    startTime: new Date(started.wallMs).toISOString(),
  };
  const record = new RunRecord(foundation.recordPath, previous, run, {
    onFault: (error) => {
      log.error({ err: error }, 'daemon.json could not be written');
      warnings.raise('record-not-written', {
        message: `daemon.json could not be written: ${messageOf(error)}`,
        remedy: `make room on the file system of ${stateDir}, and restart the daemon`,
      });
    },
    onSettled: () => warnings.clear(CRASHES_WARNING),
  });
  closers.add('record', () => record.close());
  const audit = openAudit(stateDir, ownUid, loaded.config.audit, systemClock.wallMs, warnings);
  closers.add('audit log', () => audit.close());
  const sinks = openEventSinks({
    log,
    config: loaded.config.events,
    environment: options.environment,
    warnings,
    clock: systemClock,
    sinks: [{ name: 'audit', sink: audit }, ...(telemetry?.sinks ?? [])],
    webhookSecret: () => webhookSecret(live.current, secrets),
  });
  closers.add('event sinks', () => sinks.close());
  const { events } = sinks;
  const phase = new PhaseHolder();
  const registry = new ServingRegistry();
  const shutdown = new Shutdown({ phase, registry, record, events, closers });
  const key = openSigningKey(stateDir, ownUid);
  if (!options.activated) await checkPlace(places[0].path, ownUid);
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
  const live = new LiveConfig(loaded, {
    choice: foundation.configChoice,
    ownUid,
    warnings,
    onReloaded: (config) => {
      log.level = config.logging.level;
      leases.setPolicies(policyTable(config));
      secrets.configure(config.secrets);
      tasks.reconfigured();
      sessions.configured();
      audit.configure(config.audit, config.audit.leasesFromMs);
      events.emit({ action: 'daemon.reloaded', level: 'info', success: true, metadata: { configPath: live.path } });
    },
    onRefused: (message) => {
      events.emit({ action: 'daemon.reloaded', level: 'error', success: false, metadata: { message } });
    },
  });
  const { limits, history, terminateGraceMs } = live.current.leases;
  const leases = await createLeases({
    store,
    contents,
    processWatch,
    clock: systemClock,
    key,
    bootId,
    policies: policyTable(live.current),
    limits: { maxLeases: limits.leases, maxWaiters: limits.waiters, maxWatchers: limits.watchers },
    history: { maxEvents: history.events, maxBytes: history.bytes },
    terminateGraceMs,
    events,
    heirsOf: heirsOfSession,
    internal: (error) => internalFault(error, log),
    onStoreFailed: (error) => stop('the store failed', error),
    watch: telemetry?.leases,
  });
  closers.add('leases', () => leases.close());
  const secrets = await openSecrets({
    stateDir,
    ownUid,
    config: live.current,
    environment: options.environment,
    wallMs: systemClock.wallMs,
    leases,
    warnings,
    events,
    tracer: telemetry?.tracer,
  });
  closers.add('secrets', () => secrets.close());
  const place = {
    stateDir,
    ownUid,
    bootId,
    config: () => live.current,
    clock: systemClock,
    processWatch,
    warnings,
    events,
  };
  const sessions = openSessions({
    ...place,
    environment: options.environment,
    leases,
    secrets,
    onFault: (error) => internalFault(error, log),
    tracer: telemetry?.tracer,
  });
  closers.add('sessions', () => sessions.close());
  const tasks = openTasks(place);
  closers.add('tasks', () => tasks.close());
  const rpc = openRpc({ log, live, ownUid, bootId, events, watch: telemetry?.calls });
  const facts: RunFacts = {
    version,
    pid: process.pid,
    startWallMs: started.wallMs,
    startMonotonicMs: started.monotonicMs,
    startCount: record.startCount,
    lastExit,
    crashesInARow: record.crashesInARow,
    stateDir,
  };
  const socketPath = (): string => door.path;
  const sources = statusSources({
    facts,
    record,
    phase,
    live,
    leases,
    secrets,
    sessions,
    tasks,
    store,
    registry,
    warnings,
    rpc,
    socketPath,
  });
  if (telemetry !== undefined) {
    const { monotonicMs } = systemClock;
    await connectTelemetry(telemetry, { log, warnings, leases, sources, monotonicMs });
  }
  const changes = new StatusChanges(() => outlineOf(sources));
  for (const source of [phase, warnings, registry, secrets]) source.onChange(() => changes.check());
  registerServices(rpc, registry, {
    leases: leases.handlers,
    secrets: secrets.handlers,
    sessions: sessions.handlers,
    tasks: tasks.handlers,
    audit: createAuditService(audit),
    health: createHealthService(sources, changes, systemClock.monotonicMs, () => live.reload()),
  });
  closers.add('server', async () => {
    leases.stop();
    await rpc.shutdown(DRAIN_MS);
  });
  await secrets.start();
  const door: Door = await openDoor({
    activated: options.activated,
    places,
    ownUid,
    shared: live.current.peers.length > 0,
    adopt: (server) => rpc.listen(server),
    onMoved: (path) => record.setSocketPath(path),
    warnings,
    events,
  });
  closers.add('socket', () => door.close());
  record.setSocketPath(door.path);
  registry.setAll(true);
  const taking = new SessionStart({ sessions, registry, warnings, onFault: (error) => internalFault(error, log) });
  closers.add('session start', () => taking.close());
  taking.begin();
  record.serves();
  phase.advance('serving');
  announceStart({
    record,
    previous,
    lastExit,
    socketPath: door.path,
    replacedStale: door.replacedStale,
    version,
    logPath: join(stateDir, LOG_NAME),
    warnings,
    events,
  });
  return { socketPath, log, shutdown, reload: () => live.reload() };
}
