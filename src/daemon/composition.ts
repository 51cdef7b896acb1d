import type { Logger } from 'pino';
import type { DaemonTelemetry } from '../opentelemetry/daemon_telemetry.js';
import { systemClock } from '../os/clock.js';
import type { Arguments } from './arguments.js';
import { Closers } from './closers.js';
import { LiveConfig } from './config/live_config.js';
import { type Configuration, type Foundation, layFoundation } from './foundation.js';
import { openGroundwork } from './groundwork.js';
import { openLog } from './open_log.js';
import { webhookSecret } from './open_sessions.js';
import { closeTelemetryLast } from './open_telemetry.js';
import { configureRooms, openRooms, type Rooms } from './rooms.js';
import { serve } from './serving.js';
import type { Shutdown } from './shutdown.js';
import { daemonVersion } from './version.js';

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
  const { environment, activated, telemetry } = options;
  const common = { foundation, environment, activated, telemetry, log, started, version: daemonVersion(), closers };
  const groundwork = await openGroundwork({
    ...common,
    webhookSecret: () => webhookSecret(live.current, rooms.secrets),
  });
  const { audit, events, warnings, shutdown } = groundwork;
  const live = new LiveConfig(foundation.loaded, {
    choice: foundation.configChoice,
    ownUid: foundation.ownUid,
    warnings,
    onReloaded: (config) => {
      log.level = config.logging.level;
      configureRooms(rooms, config);
      audit.configure(config.audit, config.audit.leasesFromMs);
      events.emit({ action: 'daemon.reloaded', level: 'info', success: true, metadata: { configPath: live.path } });
    },
    onRefused: (message) => {
      events.emit({ action: 'daemon.reloaded', level: 'error', success: false, metadata: { message } });
    },
  });
  const rooms: Rooms = await openRooms({ ...common, groundwork, live });
  const door = await serve({ ...common, groundwork, rooms, live });
  return { socketPath: () => door.path, log, shutdown, reload: () => live.reload() };
}
