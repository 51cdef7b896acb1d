import { LeaseLostError } from '../errors.js';
import { LeaseEnd } from '../gen/tenure/lease/v1/lease.js';
import type { HeldLease } from '../held_lease.js';
import type { Hold } from '../hold.js';

type TellLoss = (news: { readonly kind: 'lost'; readonly error: LeaseLostError } | { readonly kind: 'away' }) => void;

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
export function watchLosses(
  hold: Hold,
  leases: readonly HeldLease[],
  endCommand: () => Promise<void>,
  tell: TellLoss,
): Losses {
  const resources: string[] = [];
  let ending: Promise<void> = Promise.resolve();
  let saidAway = false;
  const lose = (error: LeaseLostError): void => {
    if (isProtected(error.end) || resources.includes(error.resource)) return;
    resources.push(error.resource);
    tell({ kind: 'lost', error });
    if (resources.length === 1) ending = endCommand();
  };
  const stops = [
    hold.onLost(lose),
    hold.onBreak(() => {
      if (saidAway) return;
      saidAway = true;
      tell({ kind: 'away' });
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
