import type { ProcessIdentity } from '../os/process_identity.js';

/** What a peer may do: a viewer reads, a client also takes leases, an operator does all. */
export type Role = 'viewer' | 'client' | 'operator';

/** Who is at the other end of a connection, as the kernel says. Fixed for the connection's life. */
export interface Peer {
  /** Names the connection, not the process. */
  readonly connectionId: string;
  readonly uid: number;
  readonly gid: number;
  readonly role: Role;
  /** Undefined where the peer lives in another pid namespace: it can't be attached. */
  readonly process: ProcessIdentity | undefined;
  readonly host: string;
  readonly bootId: string;
  /** Empty where the kernel hides it. */
  readonly executable: string;
  /** Name of the script that an interpreter runs; never arguments. */
  readonly script: string;
  readonly cwd: string;
}

/** What a handler is told of the call that it serves. */
export interface CallContext {
  readonly peer: Peer;
  /**
   * Fires when the call is cancelled, its deadline passes, its connection
   * ends or the daemon shuts down; for a stream, at every end. The reason is
   * a Refusal.
   */
  readonly signal: AbortSignal;
}
