import type { AcquireOutcome, Client, LeaseOptions } from '@tenure/client';
import { warn } from '../output.js';
import { printable } from '../style.js';
import type { RunOutcome } from './outcome.js';
import { type GuardedCommand, runGuarded } from './run_guarded.js';
import type { WaitLine } from './wait_line.js';

export interface RunRequest {
  readonly lease: LeaseOptions;
  readonly command: GuardedCommand;
  readonly waitLine: WaitLine;
  /** Told of a lease that is held, for the message. */
  readonly onHeld: (held: Extract<AcquireOutcome, { outcome: 'held' }>) => void;
}

/** Acquires, runs the command under the leases, and gives them back. */
export async function run(client: Client, request: RunRequest): Promise<RunOutcome> {
  let acquired: AcquireOutcome;
  try {
    acquired = await client.hold().acquire({ ...request.lease, onQueue: (update) => request.waitLine.update(update) });
  } finally {
    request.waitLine.clear();
  }
  if (acquired.outcome === 'held') {
    request.onHeld(acquired);
    return { outcome: 'held' };
  }
  for (const resource of acquired.staleInheritance) {
    warn(`tenure: the lease on ${printable(resource)} that a parent handed down has ended; took a new one`);
  }
  return await runGuarded(client, acquired.leases, request.lease, request.command);
}
