import type { Audit, WatchAuditEntriesOptions } from './audit.js';
import { auditCalls } from './audit_calls.js';
import type {
  Client,
  Health,
  Leases,
  WatchLeasesOptions,
  WatchQueuesOptions,
  WatchStatusOptions,
  WithLeaseResult,
} from './client.js';
import type { ConnectOptions, DaemonCommand } from './connect_options.js';
import { Connection } from './connection.js';
import { defaultDaemonCommand } from './daemon_command.js';
import type { AuditEntry } from './gen/tenure/audit/v1/audit_service.js';
import type { DaemonStatus } from './gen/tenure/health/v1/health_service.js';
import type { LeaseEvent, Queue } from './gen/tenure/lease/v1/lease_service.js';
import type { SessionEvent, StreamOutputResponse } from './gen/tenure/session/v1/session_service.js';
import type { TaskEvent, Trigger } from './gen/tenure/task/v1/task_service.js';
import { healthCalls } from './health_calls.js';
import type { LeaseScope } from './held_lease.js';
import type { Hold } from './hold.js';
import { HoldClient } from './hold_client.js';
import { leaseCalls } from './lease_calls.js';
import type { LeaseOptions } from './lease_options.js';
import { RequestIds } from './request_ids.js';
import { secretCalls } from './secret_calls.js';
import type { Secrets } from './secrets.js';
import { sessionCalls } from './session_calls.js';
import type { Sessions, StreamOutputOptions, WatchSessionsOptions } from './sessions.js';
import { SingleCalls } from './single_calls.js';
import { streamOutput } from './stream_output.js';
import { taskCalls } from './task_calls.js';
import type { Tasks, WatchTasksOptions, WatchTriggersOptions } from './tasks.js';
import { watchAuditEntries } from './watch_audit_entries.js';
import { watchLeases } from './watch_leases.js';
import { watchQueues } from './watch_queues.js';
import { watchSessions } from './watch_sessions.js';
import { watchStatus } from './watch_status.js';
import { watchTasks } from './watch_tasks.js';
import { watchTriggers } from './watch_triggers.js';
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
    noStart: isForbidden() && options.autostart !== false ? 'forbidden' : 'not-asked',
    startAnyway: options.startAnyway,
    heldBackWaitMs: options.heldBackWaitMs,
    onHeldBack: options.onHeldBack,
    timeoutMs,
    tracing: options.tracing,
    onNotReady: options.onNotReady,
  });
  try {
    await connection.open(options.signal);
  } catch (error) {
    connection.close();
    throw error;
  }
  return new ConnectedClient(connection, timeoutMs);
}

function autostartCommand(asked: false | DaemonCommand | undefined): DaemonCommand | undefined {
  if (asked === false || isForbidden()) {
    return undefined;
  }
  return asked ?? defaultDaemonCommand();
}

function isForbidden(): boolean {
  return process.env['TENURE_AUTOSTART'] === '0';
}

class ConnectedClient implements Client {
  readonly leases: Leases;
  readonly secrets: Secrets;
  readonly audit: Audit;
  readonly sessions: Sessions;
  readonly tasks: Tasks;
  readonly health: Health;
  readonly #connection: Connection;
  readonly #timeoutMs: number;
  #hold: HoldClient | undefined;

  constructor(connection: Connection, timeoutMs: number) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
    const calls = new SingleCalls(connection, timeoutMs);
    const requestIds = new RequestIds();
    this.leases = leaseCalls(calls, requestIds);
    this.secrets = secretCalls(calls, requestIds);
    this.audit = auditCalls(calls);
    this.sessions = sessionCalls(calls, requestIds);
    this.tasks = taskCalls(calls, requestIds);
    this.health = healthCalls(calls);
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
    return withLease(this.hold(), options, task, this.#connection.tracing);
  }

  watchLeases(options: WatchLeasesOptions = {}): AsyncIterable<LeaseEvent> {
    return watchLeases(this.#connection, options);
  }

  watchQueues(options: WatchQueuesOptions = {}): AsyncIterable<Queue> {
    return watchQueues(this.#connection, options);
  }

  watchAuditEntries(options: WatchAuditEntriesOptions = {}): AsyncIterable<AuditEntry> {
    return watchAuditEntries(this.#connection, options);
  }

  watchSessions(options: WatchSessionsOptions = {}): AsyncIterable<SessionEvent> {
    return watchSessions(this.#connection, options);
  }

  streamOutput(options: StreamOutputOptions): AsyncIterable<StreamOutputResponse> {
    return streamOutput(this.#connection, this.sessions, options);
  }

  watchTasks(options: WatchTasksOptions = {}): AsyncIterable<TaskEvent> {
    return watchTasks(this.#connection, options);
  }

  watchTriggers(options: WatchTriggersOptions): AsyncIterable<Trigger> {
    return watchTriggers(this.#connection, this.tasks, options);
  }

  watchStatus(options: WatchStatusOptions = {}): AsyncIterable<DaemonStatus> {
    return watchStatus(this.#connection, options);
  }

  async close(): Promise<void> {
    await this.#hold?.close();
    this.#connection.close();
  }
}
