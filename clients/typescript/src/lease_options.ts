import type { QueueUpdate } from './gen/tenure/lease/v1/lease_service.js';

/** EXCLUSIVE: one holder, or as many as the capacity says. SHARED: any number of clients, one lease each. */
export type Mode = 'exclusive' | 'shared';

/** One resource to acquire. */
export interface Wish {
  /** Slash-separated name of 1 to 1,024 bytes; see `resourceName` for longer paths. */
  readonly resource: string;
  /** Default: the options' mode. */
  readonly mode?: Mode | undefined;
  /** Default: the options' capacity. */
  readonly capacity?: number | undefined;
}

/** What to acquire, and how. All durations are milliseconds. */
export interface LeaseOptions {
  /** What to acquire: one resource, or up to 64, all or none. */
  readonly resource: string | readonly string[] | readonly Wish[];
  /** Default: exclusive. */
  readonly mode?: Mode | undefined;
  /** How many exclusive leases may hold a resource at once. Default: as configured, else 1. */
  readonly capacity?: number | undefined;
  /** A name that survives restarts, at most 256 bytes. Default: made by the daemon from uid, executable, script and cwd. */
  readonly clientId?: string | undefined;
  /** Time that each renewal gives. Default: as configured, 60,000. Meaningless for `process`. */
  readonly ttlMs?: number | undefined;
  /** Longest time that the leases may be held, renewed or not. Default: as configured. */
  readonly maxHoldMs?: number | undefined;
  /**
   * What keeps the leases alive. `hold`: this client renews them.
   * `process`: they live while any attached process lives, even when this
   * client is closed. Default: hold.
   */
  readonly liveness?: 'hold' | 'process' | undefined;
  /** Processes of the caller's own uid to attach at once. Default: none but the caller. */
  readonly attachPids?: readonly number[] | undefined;
  /**
   * What the end of the leases does about processes that still run under
   * them. `grant`: the next one enters at once. `wait`: it waits until they
   * are gone. `terminate`: the daemon ends them first. Default: grant.
   */
  readonly handover?: 'grant' | 'wait' | 'terminate' | undefined;
  /** Why, for people. At most 1,024 bytes. */
  readonly reason?: string | undefined;
  /** Labels: at most 32, keys of at most 64 bytes, values of at most 512. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** -100 to 100; higher is served earlier. Default: 0. */
  readonly priority?: number | undefined;
  /** How long to queue, in milliseconds. Default: not at all, the answer comes at once. */
  readonly wait?: number | 'forever' | undefined;
  /**
   * While it waits `forever`: how long a daemon that is away is waited for, in
   * milliseconds; the call then throws with reason UNREACHABLE. Default: without end.
   */
  readonly mostAwayMs?: number | undefined;
  /**
   * Whether leases of ancestors count: presents the tokens of TENURE_LEASES
   * and of enclosing `withLease` scopes. Default: true.
   */
  readonly inherit?: boolean | undefined;
  /** Makes a retried request one grant; at most 128 bytes. Default: made by the library. */
  readonly requestId?: string | undefined;
  /** Aborting takes a waiting acquire out of the queue; the call then throws with reason CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  /** Told the place in the queue, at once and whenever it changes. */
  readonly onQueue?: ((update: QueueUpdate) => void) | undefined;
}
