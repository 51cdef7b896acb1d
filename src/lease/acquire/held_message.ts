import { LeaseMode } from '@tenure/client/gen/tenure/lease/v1/lease';
import type { Blocker, LeaseHeld, Waiter } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { timestampOfMs } from '../../rpc/durations.js';
import { withCurrentCommands } from '../current_commands.js';
import { holderMessage, leaseMessage } from '../lease_message.js';
import type { LeaseParts } from '../lease_parts.js';
import type { LeaseRecord } from '../ledger/record.js';
import { effectivePriority } from '../queue/wait_queue.js';
import { heldByAncestor } from './ancestry.js';
import type { PendingAcquire } from './pending_acquire.js';
import type { WishVerdict } from './verdict.js';

/** Blockers that are named; a longer queue is told by its length. */
export const MAX_BLOCKERS = 16;

type View = Pick<LeaseParts, 'queue' | 'deadlines' | 'clock'>;

/** Who is in the way of a wish, in words for its client. */
export function heldMessage(parts: View, pending: PendingAcquire, resource: string, verdict: WishVerdict): LeaseHeld {
  const queueLength = parts.queue.on(resource).length;
  if (verdict.kind !== 'blocked') return { blockers: [], queueLength, withheldForSet: true, ancestorLeaseId: '' };
  const leases = leaseBlockers(parts, verdict.leases);
  const first = verdict.waiters.slice(0, MAX_BLOCKERS - leases.length);
  const waiters = first.map((waiter) => waiterBlocker(parts, waiter, resource));
  return {
    blockers: [...leases, ...waiters],
    queueLength,
    withheldForSet: false,
    ancestorLeaseId: heldByAncestor(pending.asker.peer, verdict.leases)?.leaseId ?? '',
  };
}

export function leaseBlockers(parts: View, leases: readonly LeaseRecord[]): Blocker[] {
  return leases.slice(0, MAX_BLOCKERS).map((lease) => {
    const value = withCurrentCommands(leaseMessage(lease, parts.deadlines.momentOf(lease)));
    return { blocker: { $case: 'lease', value } };
  });
}

export function waiterBlocker(parts: View, waiter: PendingAcquire, resource: string): Blocker {
  return { blocker: { $case: 'waiter', value: waiterMessage(parts, waiter, resource) } };
}

export function waiterMessage(parts: View, waiter: PendingAcquire, resource: string): Waiter {
  const { command } = waiter;
  return {
    waiterId: waiter.waiterId,
    resource,
    clientId: command.clientId,
    holder: holderMessage(waiter.holder),
    mode: waiter.modeOn(resource) ?? LeaseMode.EXCLUSIVE,
    position: parts.queue.position(waiter, resource),
    priority: command.priority,
    effectivePriority: effectivePriority(waiter, parts.clock.holdMs()),
    waitStartTime: timestampOfMs(waiter.startWallMs - waiter.waitedBeforeMs),
    waitEndTime: command.wait.kind === 'until' ? timestampOfMs(waiter.startWallMs + command.wait.timeoutMs) : undefined,
    reason: command.reason,
  };
}
