import { type HeldLease, type Hold, LeaseEnd, LeaseLostError } from '@tenure/client';
import { warn } from '../output.js';

/** What became of the leases while the command ran. */
export interface Losses {
  /** Of the leases that were lost, in their order. */
  readonly resources: readonly string[];
  /** Resolves once the command has been ended, where a loss set that going. */
  dealtWith(): Promise<void>;
  stop(): void;
}

/**
 * Ends the command at the first loss. No loss is that the daemon is away,
 * which is said once; nor that an ancestor gave back the lease that the
 * command inherited, for the resource stays taken until the command is gone.
 */
export function watchLosses(hold: Hold, leases: readonly HeldLease[], endCommand: () => Promise<void>): Losses {
  const resources: string[] = [];
  let ending: Promise<void> = Promise.resolve();
  let saidAway = false;
  const lose = (error: LeaseLostError): void => {
    if (isProtected(error.end) || resources.includes(error.resource)) return;
    resources.push(error.resource);
    warn(`tenure: ${error.message}; ending the command`);
    if (resources.length === 1) ending = endCommand();
  };
  const stops = [
    hold.onLost(lose),
    hold.onBreak(() => {
      if (saidAway) return;
      saidAway = true;
      warn('tenure: the daemon is away; the command goes on, and so does its lease when the daemon is back');
    }),
  ];
  // A loss between the grant and this moment was told to nobody.
  for (const { signal } of leases) {
    if (signal.aborted && signal.reason instanceof LeaseLostError) lose(signal.reason);
  }
  return {
    resources,
    dealtWith: () => ending,
    stop: () => {
      for (const stop of stops) stop();
    },
  };
}

/** Whether a lease that ended so drains under every policy as long as what is attached to it runs. */
export function isProtected(end: LeaseEnd): boolean {
  return end === LeaseEnd.RELEASED;
}
