import {
  Handover,
  type Lease,
  LeaseEnd,
  LeaseLiveness,
  LeaseMode,
  LeaseState,
} from '@tenure/client/gen/tenure/lease/v1/lease';
import { type LeaseEvent, LeaseEventType } from '@tenure/client/gen/tenure/lease/v1/lease_service';

export function leaseOf(fields: Partial<Lease>): Lease {
  return {
    leaseId: '',
    resource: '',
    clientId: '',
    mode: LeaseMode.EXCLUSIVE,
    liveness: LeaseLiveness.PROCESS,
    fencingToken: 0n,
    holder: undefined,
    attached: [],
    reason: '',
    metadata: new Map(),
    acquireTime: undefined,
    expireTime: undefined,
    remainingTtl: undefined,
    ttl: undefined,
    maxHold: undefined,
    state: LeaseState.ACTIVE,
    revision: 0n,
    capacity: 1,
    yieldRequest: undefined,
    waited: undefined,
    handover: Handover.WAIT,
    end: LeaseEnd.UNSPECIFIED,
    ...fields,
  };
}

export function eventOf(type: LeaseEventType, lease: Lease): LeaseEvent {
  return { type, revision: lease.revision, lease, eventTime: undefined, replacedBy: '' };
}

/** What may happen next to one of the leases, chosen by numbers. */
export interface Happening {
  /** Which resource, and which live lease. */
  readonly pick: number;
  readonly kind: 'acquire' | 'end' | 'end to drain' | 'drained' | 'touch' | 'nothing';
}

const RESOURCES = ['dir/home', 'dir/home/me', 'dir/homework', 'gpu', 'dir'];
const CLIENTS = ['nightly', 'night', 'sync'];
const ENDS = [
  [LeaseEventType.RELEASED, LeaseEnd.RELEASED],
  [LeaseEventType.REVOKED, LeaseEnd.REVOKED],
  [LeaseEventType.REPLACED, LeaseEnd.REPLACED],
  [LeaseEventType.EXPIRED, LeaseEnd.EXPIRED],
  [LeaseEventType.EXPIRED, LeaseEnd.MAX_HOLD],
  [LeaseEventType.HOLDER_GONE, LeaseEnd.PROCESS_GONE],
] as const;

/** Live leases that change as leases do, by events of a rising revision. It keeps all that ever happened. */
export class LeaseWorld {
  readonly live = new Map<string, Lease>();
  readonly events: LeaseEvent[] = [];
  /** States of the leases that an event changed, before it. */
  readonly before = new Map<bigint, LeaseState>();
  #revision: bigint;

  constructor(revision = 0n) {
    this.#revision = revision;
  }

  get revision(): bigint {
    return this.#revision;
  }

  /** The event of it; undefined where only a revision went by. */
  happen({ pick, kind }: Happening): LeaseEvent | undefined {
    this.#revision += BigInt(1 + (pick % 3));
    const revision = this.#revision;
    const resource = RESOURCES[pick % RESOURCES.length] ?? '';
    const clientId = CLIENTS[pick % CLIENTS.length] ?? '';
    const [type, end] = ENDS[pick % ENDS.length] ?? ENDS[0];
    const active = this.#pick(LeaseState.ACTIVE, pick);
    const draining = this.#pick(LeaseState.DRAINING, pick);
    switch (kind) {
      case 'acquire':
        return this.#record(
          LeaseEventType.ACQUIRED,
          leaseOf({ leaseId: `l${revision}`, resource, clientId, fencingToken: revision, revision }),
        );
      case 'end':
        return active && this.#record(type, { ...active, revision, end, state: LeaseState.ENDED });
      case 'end to drain':
        return active && this.#record(type, { ...active, revision, end, state: LeaseState.DRAINING });
      case 'drained':
        return draining && this.#record(LeaseEventType.DRAINED, { ...draining, revision, state: LeaseState.ENDED });
      case 'touch': {
        const touched = pick % 2 === 0 ? (active ?? draining) : (draining ?? active);
        const inherited = touched?.state === LeaseState.ACTIVE && pick % 4 === 0;
        const touch = inherited ? LeaseEventType.INHERITED : LeaseEventType.UPDATED;
        return touched && this.#record(touch, { ...touched, revision });
      }
      case 'nothing':
        return undefined;
    }
  }

  #pick(state: LeaseState, pick: number): Lease | undefined {
    const leases = [...this.live.values()].filter((lease) => lease.state === state);
    return leases[pick % Math.max(leases.length, 1)];
  }

  #record(type: LeaseEventType, lease: Lease): LeaseEvent {
    const before = this.live.get(lease.leaseId);
    if (before !== undefined) this.before.set(lease.revision, before.state);
    if (lease.state === LeaseState.ENDED) this.live.delete(lease.leaseId);
    else this.live.set(lease.leaseId, lease);
    const event = eventOf(type, lease);
    this.events.push(event);
    return event;
  }
}
