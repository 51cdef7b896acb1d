import { AttachRole, Handover, LeaseEnd, LeaseLiveness } from '@tenure/client/gen/tenure/lease/v1/lease';
import { LeaseEventType } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import type { ProcessIdentity } from '../../os/process_identity.js';
import { type Attachment, type LeaseRecord, sameProcess } from '../ledger/record.js';

/** Why a lease ends, of those that have a name on the wire. */
export type End = Exclude<LeaseEnd, typeof LeaseEnd.UNSPECIFIED | typeof LeaseEnd.UNRECOGNIZED>;

/** What becomes of a lease at its end: gone (no process left), or draining. */
export type Ending =
  | { readonly gone: true }
  | { readonly gone: false; readonly handover: Handover; readonly attached: readonly Attachment[] };

/**
 * Who still runs under a lease that ends. An owner that releases, and a
 * process that replaces its own lease, have left it though they live on.
 */
export function whoStays(
  lease: LeaseRecord,
  end: End,
  actor: ProcessIdentity | undefined,
  isAlive: (process: ProcessIdentity) => boolean,
): readonly Attachment[] {
  return lease.attached.filter((attachment) => {
    if (end === LeaseEnd.RELEASED && attachment.role === AttachRole.HOLDER) return false;
    const leaves = end === LeaseEnd.RELEASED || end === LeaseEnd.REPLACED;
    if (leaves && actor !== undefined && sameProcess(attachment, actor)) return false;
    return isAlive(attachment);
  });
}

/** The state after the end. An owner's own release waits for inheritors under every policy. */
export function endingOf(lease: LeaseRecord, end: End, stays: readonly Attachment[]): Ending {
  if (stays.length === 0) return { gone: true };
  return { gone: false, handover: end === LeaseEnd.RELEASED ? Handover.WAIT : lease.handover, attached: stays };
}

/** What an attached process's death does to a lease. */
export type AfterDeath =
  | { readonly kind: 'end' }
  | { readonly kind: 'drained' }
  | { readonly kind: 'live'; readonly attached: readonly Attachment[]; readonly liveness: LeaseLiveness };

export function afterDeathOf(lease: LeaseRecord, dead: ProcessIdentity): AfterDeath {
  const attached = lease.attached.filter((attachment) => !sameProcess(attachment, dead));
  if (lease.draining !== undefined) {
    return attached.length === 0 ? { kind: 'drained' } : { kind: 'live', attached, liveness: lease.liveness };
  }
  // Time alone, or a holder that can't be attached, keeps these alive; inheritors come and go.
  const needsProcess = lease.liveness !== LeaseLiveness.TTL && lease.holder.process !== undefined;
  if (attached.length === 0 && needsProcess) return { kind: 'end' };
  const holderLives = attached.some((attachment) => attachment.role === AttachRole.HOLDER);
  // Nobody is left to renew it; the others keep it alive.
  const orphaned = lease.liveness === LeaseLiveness.HOLD && needsProcess && !holderLives;
  return { kind: 'live', attached, liveness: orphaned ? LeaseLiveness.PROCESS : lease.liveness };
}

/** The event that tells of an end. */
export function eventOf(end: End): LeaseEventType {
  switch (end) {
    case LeaseEnd.RELEASED:
      return LeaseEventType.RELEASED;
    case LeaseEnd.REVOKED:
      return LeaseEventType.REVOKED;
    case LeaseEnd.REPLACED:
      return LeaseEventType.REPLACED;
    case LeaseEnd.EXPIRED:
    case LeaseEnd.MAX_HOLD:
    case LeaseEnd.OTHER_BOOT:
      return LeaseEventType.EXPIRED;
    case LeaseEnd.PROCESS_GONE:
      return LeaseEventType.HOLDER_GONE;
  }
}
