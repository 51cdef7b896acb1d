import type { Audit, WatchAuditEntriesOptions } from './audit.js';
import type { CallOptions, Fields } from './call_options.js';
import type { AuditEntry } from './gen/tenure/audit/v1/audit_service.js';
import type { DaemonStatus, GetStatusResponse, ReloadConfigResponse } from './gen/tenure/health/v1/health_service.js';
import type {
  AcquireLeaseRequest,
  AcquireLeaseResponse,
  Blocker,
  ExplainResourceRequest,
  ExplainResourceResponse,
  GetLeaseRequest,
  GetLeaseResponse,
  LeaseEvent,
  LeaseFilter,
  LeaseWish,
  ListLeasesRequest,
  ListLeasesResponse,
  Queue,
  ReleaseLeaseRequest,
  ReleaseLeaseResponse,
  RenewLeaseRequest,
  RenewLeaseResponse,
  RequestYieldRequest,
  RequestYieldResponse,
  RevokeLeasesRequest,
  RevokeLeasesResponse,
} from './gen/tenure/lease/v1/lease_service.js';
import type { SessionEvent, StreamOutputResponse } from './gen/tenure/session/v1/session_service.js';
import type { TaskEvent, Trigger } from './gen/tenure/task/v1/task_service.js';
import type { LeaseScope } from './held_lease.js';
import type { Hold } from './hold.js';
import type { LeaseOptions } from './lease_options.js';
import type { Secrets } from './secrets.js';
import type { Sessions, StreamOutputOptions, WatchSessionsOptions } from './sessions.js';
import type { Tasks, WatchTasksOptions, WatchTriggersOptions } from './tasks.js';

/** An acquire, in the contract's own terms. */
export type AcquireLeaseFields = Fields<Omit<AcquireLeaseRequest, 'wishes'>> & {
  readonly wishes: readonly Fields<LeaseWish>[];
};

/** A list request, in the contract's own terms. */
export type ListLeasesFields = Fields<Omit<ListLeasesRequest, 'filter'>> & {
  readonly filter?: Fields<LeaseFilter> | undefined;
};

/**
 * The contract's single calls. They are repeated by themselves when a
 * connection breaks; none of them is the worse for it.
 */
export interface Leases {
  /** Asks for leases that this client does not renew. A request id is made where none is given. */
  acquireLease(request: AcquireLeaseFields, options?: CallOptions): Promise<AcquireLeaseResponse>;
  renewLease(request: Fields<RenewLeaseRequest>, options?: CallOptions): Promise<RenewLeaseResponse>;
  releaseLease(request: Fields<ReleaseLeaseRequest>, options?: CallOptions): Promise<ReleaseLeaseResponse>;
  getLease(request: Fields<GetLeaseRequest>, options?: CallOptions): Promise<GetLeaseResponse>;
  listLeases(request?: ListLeasesFields, options?: CallOptions): Promise<ListLeasesResponse>;
  revokeLeases(request: Fields<RevokeLeasesRequest>, options?: CallOptions): Promise<RevokeLeasesResponse>;
  /** Asks holders to give their leases back: a wish, which ends nothing. */
  requestYield(request: Fields<RequestYieldRequest>, options?: CallOptions): Promise<RequestYieldResponse>;
  explainResource(request: Fields<ExplainResourceRequest>, options?: CallOptions): Promise<ExplainResourceResponse>;
}

/** The daemon's own state. */
export interface Health {
  getStatus(options?: CallOptions): Promise<GetStatusResponse>;
  /** Fails with CONFIG_INVALID where the configuration is wrong: the one before stays in force. */
  reloadConfig(options?: CallOptions): Promise<ReloadConfigResponse>;
}

/** The answer of `withLease`. */
export type WithLeaseResult<T> =
  | {
      readonly status: 'completed';
      readonly value: T;
      /**
       * How the leases ended. `lost`: at least one was gone before the task
       * was through. `pending`: the daemon could not be told in time; it will
       * be when it is back, and the TTL ends them otherwise.
       */
      readonly end: 'released' | 'lost' | 'pending';
    }
  /** The task ran under leases of ancestors alone, which stay. */
  | { readonly status: 'inherited'; readonly value: T }
  /** Somebody else has a resource, or the wait ran out; the task did not run. */
  | {
      readonly status: 'held';
      readonly blockers: readonly Blocker[];
      /** How many wait; of several resources, the longest queue. */
      readonly queueLength: number;
      /** A lease in the way that an ancestor of this process holds: TENURE_LEASES was lost on the way. */
      readonly ancestorLeaseId?: string;
    };

/** How to watch. */
export interface WatchLeasesOptions {
  /** Which leases. Default: all. */
  readonly filter?: Fields<LeaseFilter> | undefined;
  /** Only what came after this revision. Default: first a snapshot. */
  readonly afterRevision?: bigint | undefined;
  /** Ends the watch in order, without an error. */
  readonly signal?: AbortSignal | undefined;
  /** Told before the events of each snapshot, the first one too: forget what you know. */
  readonly onSnapshot?: (() => void) | undefined;
  /** Told when the connection broke, before it is tried again. */
  readonly onBreak?: ((error: Error) => void) | undefined;
}

/** How to watch queues. */
export interface WatchQueuesOptions {
  /** The resource itself, and all below it. Default: all. */
  readonly resourcePrefix?: string | undefined;
  /** Ends the watch in order, without an error. */
  readonly signal?: AbortSignal | undefined;
  /** Told before all queues come, at first and after each break: forget what you know. */
  readonly onSnapshot?: (() => void) | undefined;
  /** Told when the connection broke, before it is tried again. */
  readonly onBreak?: ((error: Error) => void) | undefined;
}

/** How to watch the daemon. */
export interface WatchStatusOptions {
  /** Longest pause between two statuses in milliseconds, 100 to 3,600,000. Default: 10,000. */
  readonly intervalMs?: number | undefined;
  /** Ends the watch in order, without an error. */
  readonly signal?: AbortSignal | undefined;
  /** Told when the connection broke, before it is tried again. */
  readonly onBreak?: ((error: Error) => void) | undefined;
}

/** A connection to the daemon. Make one a process and close it at the end. */
export interface Client {
  readonly leases: Leases;
  readonly secrets: Secrets;
  readonly audit: Audit;
  readonly sessions: Sessions;
  readonly tasks: Tasks;
  readonly health: Health;
  /** Path of the socket in use. */
  readonly socketPath: string;
  /** The client's one standing connection for leases, opened at its first use. */
  hold(): Hold;
  /**
   * Runs a task under a lease, or several, and gives them back in every end.
   * A nested call for the same resource, in this process or in a child that
   * was given `childEnvironment()`, runs under the same lease.
   */
  withLease<T>(options: LeaseOptions, task: (lease: LeaseScope) => Promise<T> | T): Promise<WithLeaseResult<T>>;
  /**
   * Leases as they are, then as they change, in order, each change once.
   * Breaks and restarts of the daemon leave no gap: the watch resumes where
   * it was, and where the history no longer reaches back so far, it takes a
   * new snapshot. SYNCED comes after each snapshot only, and after the
   * history that `afterRevision` asks for.
   */
  watchLeases(options?: WatchLeasesOptions): AsyncIterable<LeaseEvent>;
  /**
   * Who waits for what: all queues, then each that changes, as it is then.
   * One whose length is 0 is gone. After a break all of them come again.
   */
  watchQueues(options?: WatchQueuesOptions): AsyncIterable<Queue>;
  /**
   * The audit log's entries as they are, then as they come, in order, each
   * once over any number of breaks and restarts of the daemon.
   */
  watchAuditEntries(options?: WatchAuditEntriesOptions): AsyncIterable<AuditEntry>;
  /**
   * Sessions as they are, then as they change, as `watchLeases` does with
   * leases. A daemon that has started anew tells of all of them again.
   */
  watchSessions(options?: WatchSessionsOptions): AsyncIterable<SessionEvent>;
  /**
   * What a session has printed and, with `follow`, prints until its end: each
   * byte once, in the order of its stream, over any number of breaks and
   * restarts of the daemon. Bytes that are no longer kept are left out; the
   * offsets tell. What is not read is not fetched.
   */
  streamOutput(options: StreamOutputOptions): AsyncIterable<StreamOutputResponse>;
  /** Tasks as they are, then as they and their runs change, as `watchLeases` does with leases. */
  watchTasks(options?: WatchTasksOptions): AsyncIterable<TaskEvent>;
  /**
   * Triggers for an orchestrator's tasks, each once. While it is read, the
   * orchestrator counts as connected; breaks and restarts of the daemon are
   * the library's work.
   */
  watchTriggers(options: WatchTriggersOptions): AsyncIterable<Trigger>;
  /** The daemon's status, at once and on every change. */
  watchStatus(options?: WatchStatusOptions): AsyncIterable<DaemonStatus>;
  /** Ends all that is open; leases that the hold renews are released. Nothing keeps the process alive then. */
  close(): Promise<void>;
}
