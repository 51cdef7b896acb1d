import type { Logger } from 'pino';
import { createLeases } from '../lease/create_leases.js';
import type { DaemonTelemetry } from '../opentelemetry/daemon_telemetry.js';
import { systemClock } from '../os/clock.js';
import type { Closers } from './closers.js';
import type { Config } from './config/config.js';
import type { LiveConfig } from './config/live_config.js';
import type { Foundation } from './foundation.js';
import type { Groundwork } from './groundwork.js';
import { policyTable } from './lease_policies.js';
import { openSecrets } from './open_secrets.js';
import { openSessions } from './open_sessions.js';
import { openTasks } from './open_tasks.js';
import { heirsOfSession } from './session_heirs.js';
import { internalFault } from './told_faults.js';

export interface RoomsParts {
  readonly foundation: Pick<Foundation, 'stateDir' | 'ownUid' | 'bootId'>;
  readonly groundwork: Groundwork;
  readonly live: LiveConfig;
  readonly environment: NodeJS.ProcessEnv;
  readonly telemetry: DaemonTelemetry | undefined;
  readonly log: Logger;
  readonly closers: Closers;
}

/** What the daemon is for. */
export type Rooms = Awaited<ReturnType<typeof openRooms>>;

/** Leases first, which all others take. */
export async function openRooms(parts: RoomsParts) {
  const { foundation, groundwork, live, environment, telemetry, log, closers } = parts;
  const { stateDir, ownUid, bootId } = foundation;
  const { warnings, events, processWatch, store, contents, key, stop } = groundwork;
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
    environment,
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
    environment,
    leases,
    secrets,
    onFault: (error) => internalFault(error, log),
    tracer: telemetry?.tracer,
  });
  closers.add('sessions', () => sessions.close());
  const tasks = openTasks(place);
  closers.add('tasks', () => tasks.close());
  return { leases, secrets, sessions, tasks };
}

/** A new configuration is in force. */
export function configureRooms({ leases, secrets, sessions, tasks }: Rooms, config: Config): void {
  leases.setPolicies(policyTable(config));
  secrets.configure(config.secrets);
  tasks.reconfigured();
  sessions.configured();
}
