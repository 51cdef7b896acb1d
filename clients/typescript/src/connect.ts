import type { Client, Health, Leases, WatchLeasesOptions, WatchStatusOptions, WithLeaseResult } from './client.js';
import type { ConnectOptions, DaemonCommand } from './connect_options.js';
import { Connection } from './connection.js';
import { defaultDaemonCommand } from './daemon_command.js';
import type { DaemonStatus } from './gen/tenure/health/v1/health_service.js';
import type { LeaseEvent } from './gen/tenure/lease/v1/lease_service.js';
import type { LeaseScope } from './held_lease.js';
import type { Hold } from './hold.js';
import { HoldClient } from './hold_client.js';
import type { LeaseOptions } from './lease_options.js';
import { singleCalls } from './single_calls.js';
import { watchLeases } from './watch_leases.js';
import { watchStatus } from './watch_status.js';
import { withLease } from './with_lease.js';

const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * Connects to the daemon of this user, and starts it where none runs.
 *
 * @throws TenureError: UNREACHABLE where no daemon answers and none could be
 *   started, CONFIG_INVALID where it refuses its configuration,
 *   FOREIGN_SOCKET where the socket is somebody else's, CANCELLED.
 */
export async function connect(options: ConnectOptions = {}): Promise<Client> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const connection = new Connection({
    socketPath: options.socketPath,
    autostart: autostartCommand(options.autostart),
    timeoutMs,
  });
  try {
    await connection.open({ deadline: performance.now() + timeoutMs, signal: options.signal });
  } catch (error) {
    connection.close();
    throw error;
  }
  return new ConnectedClient(connection, timeoutMs);
}

function autostartCommand(asked: false | DaemonCommand | undefined): DaemonCommand | undefined {
  if (asked === false || process.env['TENURE_AUTOSTART'] === '0') {
    return undefined;
  }
  return asked ?? defaultDaemonCommand();
}

class ConnectedClient implements Client {
  readonly leases: Leases;
  readonly health: Health;
  readonly #connection: Connection;
  readonly #timeoutMs: number;
  #hold: HoldClient | undefined;

  constructor(connection: Connection, timeoutMs: number) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
    const { leases, health } = singleCalls(connection, timeoutMs);
    this.leases = leases;
    this.health = health;
  }

  get socketPath(): string {
    return this.#connection.channel.socketPath;
  }

  hold(): Hold {
    if (this.#hold === undefined || (this.#hold.isClosed && !this.#connection.closing.aborted)) {
      this.#hold = new HoldClient(this.#connection, this.#timeoutMs);
    }
    return this.#hold;
  }

  withLease<T>(options: LeaseOptions, task: (lease: LeaseScope) => Promise<T> | T): Promise<WithLeaseResult<T>> {
    return withLease(this.hold(), options, task);
  }

  watchLeases(options: WatchLeasesOptions = {}): AsyncIterable<LeaseEvent> {
    return watchLeases(this.#connection, options);
  }

  watchStatus(options: WatchStatusOptions = {}): AsyncIterable<DaemonStatus> {
    return watchStatus(this.#connection, options);
  }

  async close(): Promise<void> {
    await this.#hold?.close();
    this.#connection.close();
  }
}
