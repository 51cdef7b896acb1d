import { Handover, LeaseEnd, LeaseLiveness } from '@tenure/client/gen/tenure/lease/v1/lease';
import type { StoreContents } from '../../store/port.js';
import type { LeaseEnding } from '../ending/ending.js';
import { leaseEndEvent, lifeOf } from '../lease_events.js';
import type { LeaseParts } from '../lease_parts.js';
import type { LeaseRecord } from './record.js';
import { decodeLease, type StoredDeadline, type StoredLease } from './record_codec.js';

/** What a start finds in the store. */
export interface Restored {
  readonly leases: readonly StoredLease[];
  /** Replaced by another, but a crash came before they were taken out. */
  readonly superseded: readonly LeaseRecord[];
}

/** Reads the records, oldest grant first. Throws on what no daemon of this format wrote. */
export function readRecords({ records }: Pick<StoreContents, 'records'>): Restored {
  const leases = records.map(({ value }) => decodeLease(value));
  leases.sort((a, b) => a.lease.fencingToken - b.lease.fencingToken);
  const replaced = new Set(leases.flatMap(({ lease }) => lease.supersedes));
  const isReplaced = ({ lease }: StoredLease): boolean => replaced.has(lease.leaseId) && lease.draining === undefined;
  return {
    leases: leases.filter((stored) => !isReplaced(stored)),
    superseded: leases.filter(isReplaced).map(({ lease }) => lease),
  };
}

/** What is left of a TTL lease: by the clock of its boot where that is still ours, else by the wall clock, within the TTL. */
export function remainingOf(
  { lease, deadline }: StoredLease,
  now: { readonly wallMs: number; readonly boottimeMs: number; readonly bootId: string },
): number | undefined {
  if (deadline === undefined) return undefined;
  return Math.min(Math.max(0, leftBy(deadline, now)), deadline.ttlMs ?? lease.ttlMs);
}

function leftBy(
  deadline: StoredDeadline,
  now: { readonly wallMs: number; readonly boottimeMs: number; readonly bootId: string },
): number {
  return deadline.bootId === now.bootId ? deadline.boottimeMs - now.boottimeMs : deadline.wallMs - now.wallMs;
}

/** Whoever takes a resource next is told that its holder went with the boot before. */
export function recallOtherBoot(
  { otherBootRecords }: Pick<StoreContents, 'otherBootRecords'>,
  parts: LeaseParts,
): void {
  for (const { value } of otherBootRecords) {
    const lease = readIfPossible(value);
    if (lease === undefined) continue;
    parts.priors.ended(lease.resource, LeaseEnd.OTHER_BOOT);
    parts.ends.set(lease.leaseId, LeaseEnd.OTHER_BOOT);
    parts.events.emit(
      leaseEndEvent(lease, LeaseEnd.OTHER_BOOT, lifeOf(parts, lease, parts.deadlines.heldMs(lease)), undefined),
    );
  }
}

/** Another version may have written it; nothing of it is in force, and no start may fail over it. */
function readIfPossible(value: Uint8Array): LeaseRecord | undefined {
  try {
    return decodeLease(value).lease;
  } catch {
    return undefined;
  }
}

/** No process outlives a boot; one with the pid and start time of an earlier one is another. */
function withoutOtherBoot(lease: LeaseRecord, bootId: string): LeaseRecord {
  return lease.holder.bootId === bootId ? lease : { ...lease, attached: [] };
}

/**
 * Takes up the leases of the run before: whose processes died meanwhile end
 * now, HOLD leases get a full TTL, TTL leases what is left of theirs.
 */
export function takeUp(restored: Restored, parts: LeaseParts, ending: LeaseEnding, bootId: string): void {
  const now = { wallMs: parts.clock.wallMs(), boottimeMs: parts.clock.boottimeMs(), bootId };
  for (const found of restored.leases) {
    const stored = { ...found, lease: withoutOtherBoot(found.lease, bootId) };
    parts.table.replace(undefined, stored.lease);
    parts.deadlines.restore(stored.lease, remainingOf(stored, now), stored.deadline?.ttlMs);
    for (const one of stored.lease.attached) parts.commandNames.learn(stored.lease.leaseId, one);
  }
  for (const lease of restored.superseded) {
    parts.table.replace(undefined, lease);
    ending.end(lease, LeaseEnd.REPLACED, { force: true });
  }
  for (const { lease } of restored.leases) endIfDead(lease, parts, ending);
  ending.sweep();
}

function endIfDead(lease: LeaseRecord, parts: LeaseParts, ending: LeaseEnding): void {
  for (const process of lease.attached) if (!parts.attached.isAlive(process)) ending.processGone(process);
  const current = parts.table.get(lease.leaseId);
  if (current === undefined) return;
  if (current.draining?.handover === Handover.TERMINATE) ending.resumeDraining(current);
  else if (current.attached.length > 0) return;
  else if (current.draining !== undefined) ending.drained(current);
  else if (current.liveness === LeaseLiveness.PROCESS) ending.end(current, LeaseEnd.PROCESS_GONE, {});
}
