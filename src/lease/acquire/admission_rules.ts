import { Handover, LeaseLiveness, LeaseMode } from '@tenure/client/gen/tenure/lease/v1/lease';
import type { LeaseRecord } from '../ledger/record.js';

/** One resource of an acquire, with all that decides about it. */
export interface Wish {
  readonly resource: string;
  readonly mode: LeaseMode;
  /** Undefined: whatever is in force. */
  readonly capacity: number | undefined;
}

/** Who wishes. */
export interface Wisher {
  readonly clientId: string;
  readonly clientIdDefaulted: boolean;
  /** A client id is a name within its user's leases: nobody replaces those of another. */
  readonly askerUid: number;
}

export type Admission =
  | { readonly admitted: true; readonly replaces: readonly LeaseRecord[] }
  | { readonly admitted: false; readonly blockers: readonly LeaseRecord[] };

/** Whether a lease keeps others out: in force, or draining with a handover that waits. */
export function isInTheWay(lease: LeaseRecord): boolean {
  return lease.draining === undefined || lease.draining.handover !== Handover.GRANT;
}

/** Whether two wishes, or a wish and a lease, can never hold together whatever the capacity. */
export function modesConflict(a: LeaseMode, b: LeaseMode): boolean {
  return a !== LeaseMode.SHARED || b !== LeaseMode.SHARED;
}

/**
 * The capacity that a wish meets: the configured one, else what live EXCLUSIVE
 * leases and waiters agreed on, else its own, else 1. `undefined` where the
 * wish expects another.
 */
export function capacityInForce(
  wished: number | undefined,
  configured: number | undefined,
  agreed: number | undefined,
): number | undefined {
  const inForce = configured ?? agreed;
  if (inForce === undefined) return wished ?? 1;
  return wished === undefined || wished === inForce ? inForce : undefined;
}

/** The client's own SHARED leases that a new SHARED lease of it replaces. */
export function replacedBy(
  wisher: Wisher,
  leases: readonly LeaseRecord[],
  hasLiveProcess: (lease: LeaseRecord) => boolean,
): readonly LeaseRecord[] {
  return leases.filter(
    (lease) =>
      lease.mode === LeaseMode.SHARED &&
      lease.draining === undefined &&
      lease.clientId === wisher.clientId &&
      lease.askerUid === wisher.askerUid &&
      // Two running instances of one program share a defaulted id and must not rob each other.
      (!wisher.clientIdDefaulted || lease.liveness === LeaseLiveness.TTL || !hasLiveProcess(lease)),
  );
}

/** Whether the leases on a resource let a wish in; the queue is another question. */
export function admit(
  wish: Wish,
  capacity: number,
  wisher: Wisher,
  leases: readonly LeaseRecord[],
  hasLiveProcess: (lease: LeaseRecord) => boolean,
): Admission {
  const inTheWay = leases.filter(isInTheWay);
  if (wish.mode === LeaseMode.SHARED) {
    const blockers = inTheWay.filter((lease) => lease.mode !== LeaseMode.SHARED);
    if (blockers.length > 0) return { admitted: false, blockers };
    return { admitted: true, replaces: replacedBy(wisher, leases, hasLiveProcess) };
  }
  const shared = inTheWay.filter((lease) => lease.mode === LeaseMode.SHARED);
  const exclusive = inTheWay.length - shared.length;
  if (shared.length === 0 && exclusive < capacity) return { admitted: true, replaces: [] };
  return { admitted: false, blockers: exclusive < capacity ? shared : inTheWay };
}

/** Whether a child may run under a lease of this mode with this wish. */
export function modeCovers(held: LeaseMode, wished: LeaseMode): boolean {
  return held !== LeaseMode.SHARED || wished === LeaseMode.SHARED;
}
