import type { AcquireLeaseResponse, AcquireResult } from './gen/tenure/lease/v1/lease_service.js';
import { TrackedLease } from './tracked_lease.js';

/** What an answer means to the hold. */
export type AcquireAnswer =
  | { readonly outcome: 'held'; readonly results: readonly AcquireResult[] }
  | {
      readonly outcome: 'acquired';
      readonly leases: readonly TrackedLease[];
      readonly staleInheritance: readonly string[];
    };

/**
 * @param startedAt when the acquire was made, `now` when its answer came, on
 *   the clock of `performance.now()`.
 */
export function readAcquireResponse(response: AcquireLeaseResponse, startedAt: number, now: number): AcquireAnswer {
  const { results } = response;
  const leases: TrackedLease[] = [];
  for (const { outcome } of results) {
    switch (outcome?.$case) {
      case 'granted':
        if (outcome.value.lease !== undefined) {
          leases.push(TrackedLease.granted(outcome.value.lease, outcome.value, startedAt, now));
        }
        break;
      case 'inherited':
        if (outcome.value.lease !== undefined) {
          leases.push(TrackedLease.inherited(outcome.value.lease, outcome.value));
        }
        break;
      case 'held':
        return { outcome: 'held', results };
      case undefined:
        break;
    }
  }
  if (leases.length !== results.length || leases.length === 0) {
    // An outcome that this client does not know is not one to act on.
    return { outcome: 'held', results };
  }
  const stale = results.filter(({ staleInheritance }) => staleInheritance).map(({ resource }) => resource);
  return { outcome: 'acquired', leases, staleInheritance: stale };
}
