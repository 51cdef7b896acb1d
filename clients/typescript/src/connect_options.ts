import type { TenureError } from './errors.js';
import type { Tracing } from './tracing.js';

/** A program that becomes the daemon, or starts it. */
export interface DaemonCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** How to reach the daemon. */
export interface ConnectOptions {
  /** Default: TENURE_SOCKET, else where the daemon last was, else where it would be. */
  readonly socketPath?: string | undefined;
  /**
   * What starts the daemon where none answers; false: nothing does.
   * TENURE_AUTOSTART=0 in the environment turns it off too. Default: the
   * `tenure` of the working directory's packages, else of PATH, with
   * `daemon run`.
   */
  readonly autostart?: false | DaemonCommand | undefined;
  /**
   * Starts the daemon even where it is held back because it has crashed again
   * and again, each time soon after its start. Default: false.
   */
  readonly startAnyway?: boolean | undefined;
  /**
   * Milliseconds that `connect` waits for a daemon that is held back, until it
   * may be started or somebody has started it. Default: 0, it fails at once;
   * Infinity: for as long as it takes.
   */
  readonly heldBackWaitMs?: number | undefined;
  /** Told once that such a wait begins, with the error that it would have been. */
  readonly onHeldBack?: ((error: TenureError) => void) | undefined;
  /** Milliseconds until `connect`, and each single call later, gives up. Default: 10,000. */
  readonly timeoutMs?: number | undefined;
  /**
   * Told once a call, after 2 s, that the daemon still takes up its sessions
   * (RECONCILING) and the call is made again. After 45 s the call fails with
   * that reason.
   */
  readonly onNotReady?: ((error: TenureError) => void) | undefined;
  /** How the client takes part in traces. Default: it hands on TRACEPARENT of its environment. */
  readonly tracing?: Tracing | undefined;
  /** Gives up at once. */
  readonly signal?: AbortSignal | undefined;
}
