import { join } from 'node:path';
import type { Logger } from 'pino';
import { createAuditService } from '../audit/service.js';
import { createHealthService } from '../health/service.js';
import { outlineOf, type RunFacts } from '../health/status.js';
import { StatusChanges } from '../health/status_changes.js';
import type { DaemonTelemetry } from '../opentelemetry/daemon_telemetry.js';
import { systemClock } from '../os/clock.js';
import { announceStart } from './announce.js';
import type { Closers } from './closers.js';
import type { LiveConfig } from './config/live_config.js';
import { type Door, openDoor } from './door.js';
import type { Foundation } from './foundation.js';
import type { Groundwork } from './groundwork.js';
import { LOG_NAME } from './open_log.js';
import { openRpc } from './open_rpc.js';
import { connectTelemetry } from './open_telemetry.js';
import type { Rooms } from './rooms.js';
import { registerServices } from './services.js';
import { SessionStart } from './session_start.js';
import { statusSources } from './status_sources.js';
import { internalFault } from './told_faults.js';

/** What calls under way may take when the daemon stops; clients wait longer for the next one. */
const DRAIN_MS = 3_000;

export interface ServingParts {
  readonly foundation: Foundation;
  readonly groundwork: Groundwork;
  readonly rooms: Rooms;
  readonly live: LiveConfig;
  /** Whether systemd has passed a socket. */
  readonly activated: boolean;
  readonly telemetry: DaemonTelemetry | undefined;
  readonly log: Logger;
  readonly started: { readonly wallMs: number; readonly monotonicMs: number };
  readonly version: string;
  readonly closers: Closers;
}

/** Lets clients in, and tells of it; resolves once leases are served. */
export async function serve(parts: ServingParts): Promise<Pick<Door, 'path'>> {
  const { foundation, groundwork, rooms, live, activated, telemetry, log, closers } = parts;
  const { bootId, ownUid, places } = foundation;
  const { record, warnings, events, eventCounts, phase, registry, store, audit } = groundwork;
  const { leases, secrets, sessions, tasks } = rooms;
  const rpc = openRpc({ log, live, ownUid, bootId, events, watch: telemetry?.calls });
  const socketPath = (): string => door.path;
  const sources = statusSources({
    ...rooms,
    facts: factsOf(parts),
    record,
    phase,
    live,
    store,
    eventCounts,
    registry,
    warnings,
    rpc,
    socketPath,
  });
  const { monotonicMs } = systemClock;
  if (telemetry !== undefined) await connectTelemetry(telemetry, { log, warnings, leases, sources, monotonicMs });
  const changes = new StatusChanges(() => outlineOf(sources));
  for (const source of [phase, warnings, registry, secrets]) source.onChange(() => changes.check());
  registerServices(rpc, registry, {
    leases: leases.handlers,
    secrets: secrets.handlers,
    sessions: sessions.handlers,
    tasks: tasks.handlers,
    audit: createAuditService(audit),
    health: createHealthService(sources, changes, monotonicMs, () => live.reload()),
  });
  closers.add('server', async () => {
    leases.stop();
    await rpc.shutdown(DRAIN_MS);
  });
  await secrets.start();
  const door: Door = await openDoor({
    activated,
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
  announce(parts, door);
  return door;
}

function factsOf({ foundation, groundwork: { record }, started, version }: ServingParts): RunFacts {
  return {
    version,
    pid: process.pid,
    startWallMs: started.wallMs,
    startMonotonicMs: started.monotonicMs,
    startCount: record.startCount,
    lastExit: foundation.lastExit,
    crashesInARow: record.crashesInARow,
    stateDir: foundation.stateDir,
  };
}

function announce({ foundation, groundwork, version }: ServingParts, { path, replacedStale }: Door): void {
  const { record, warnings, events } = groundwork;
  const { previous, lastExit, stateDir } = foundation;
  announceStart({
    record,
    previous,
    lastExit,
    socketPath: path,
    replacedStale,
    version,
    logPath: join(stateDir, LOG_NAME),
    warnings,
    events,
  });
}
