import type { ProcessIdentity } from '../os/process_identity.js';

/** What a shim is to run, and where. */
export interface ShimOrder {
  /** The session's own folder, absolute: what the shim keeps goes there. */
  readonly folder: string;
  readonly argv: readonly [string, ...string[]];
  /** All of the command's variables; the session's marker among them. */
  readonly environment: NodeJS.ProcessEnv;
  /** The command's working directory, absolute. */
  readonly directory: string;
  /** What it reads on standard input; undefined: nothing. */
  readonly input: string | undefined;
  /** Standard input stays open, for `writeInput`. */
  readonly keepStdin: boolean;
  /** So many of the newest bytes of each of stdout and stderr are kept. */
  readonly outputBytes: number;
}

/** A shim whose command waits at the gate. */
export interface StartedShim {
  readonly shim: ProcessIdentity;
  readonly main: ProcessIdentity;
  /** Lets the command run, with these inherit tokens as its TENURE_LEASES; none: without that variable. */
  open(leases: string): void;
  /** Ends all of it before the command runs. */
  abandon(): void;
}

export function startShim(order: ShimOrder): Promise<StartedShim> {
  return Promise.reject(new Error(`sessions such as ${order.argv[0]} cannot be launched yet`));
}
