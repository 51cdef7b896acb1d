import {
  type AttachedProcess,
  type Holder,
  type Lease,
  LeaseEnd,
  LeaseState,
} from '@tenure/client/gen/tenure/lease/v1/lease';
import { durationOfMs, timestampOfMs } from '../rpc/durations.js';
import type { End } from './ending/ending_rules.js';
import type { Attachment, HolderFacts, LeaseRecord } from './ledger/record.js';

/** The moment that a message shows. */
export interface Moment {
  readonly wallMs: number;
  /** The TTL that was given last. 0 for PROCESS leases. */
  readonly ttlMs: number;
  /** Undefined where the lease has no deadline. */
  readonly remainingMs: number | undefined;
}

/** A lease as clients see it; with `ended`, as it was at its end. */
export function leaseMessage(lease: LeaseRecord, moment: Moment, ended?: End): Lease {
  const { remainingMs } = moment;
  const inForce = ended === undefined && lease.draining === undefined;
  const deadline = inForce ? remainingMs : undefined;
  return {
    leaseId: lease.leaseId,
    resource: lease.resource,
    clientId: lease.clientId,
    mode: lease.mode,
    liveness: lease.liveness,
    fencingToken: BigInt(lease.fencingToken),
    holder: holderMessage(lease.holder),
    attached: lease.attached.map(attachedMessage),
    reason: lease.reason,
    metadata: new Map(Object.entries(lease.metadata)),
    acquireTime: timestampOfMs(lease.acquireWallMs),
    expireTime: deadline === undefined ? undefined : timestampOfMs(moment.wallMs + deadline),
    remainingTtl: deadline === undefined ? undefined : durationOfMs(deadline),
    ttl: moment.ttlMs === 0 ? undefined : durationOfMs(moment.ttlMs),
    maxHold: lease.maxHoldMs === 0 ? undefined : durationOfMs(lease.maxHoldMs),
    state: ended !== undefined ? LeaseState.ENDED : inForce ? LeaseState.ACTIVE : LeaseState.DRAINING,
    revision: BigInt(lease.revision),
    capacity: lease.capacity,
    handover: lease.draining?.handover ?? lease.handover,
    waited: lease.waitedMs === 0 ? undefined : durationOfMs(lease.waitedMs),
    end: ended ?? lease.draining?.end ?? LeaseEnd.UNSPECIFIED,
    yieldRequest: undefined,
  };
}

export function holderMessage(holder: HolderFacts): Holder {
  return {
    host: holder.host,
    bootId: holder.bootId,
    pid: holder.process?.pid ?? 0,
    startTicks: BigInt(holder.process?.startTicks ?? 0),
    uid: holder.uid,
    executable: holder.executable,
    script: holder.script,
    cwd: holder.cwd,
  };
}

export function attachedMessage({ pid, startTicks, role, command }: Attachment): AttachedProcess {
  return { pid, startTicks: BigInt(startTicks), role, command };
}
