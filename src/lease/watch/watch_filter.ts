import { LeaseState } from '@tenure/client/gen/tenure/lease/v1/lease';
import { LeaseEventType, type LeaseFilter } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import type { EventFacts } from './history_event.js';

const SLASH = 0x2f;

/** What a filter asks of a lease. */
export interface LeaseFacts {
  readonly resource: string;
  readonly clientId: string;
  readonly state: LeaseState;
}

/** A filter, made ready to be asked about every lease and event. */
export class WatchFilter {
  /** Nothing needs to be looked at. */
  readonly selectsAll: boolean;
  readonly #prefix: string;
  /** What all below the prefix begin with. */
  readonly #below: string;
  readonly #clientId: string;
  readonly #states: readonly LeaseState[];

  constructor(filter: LeaseFilter | undefined) {
    const { resourcePrefix = '', clientId = '', states = [] } = filter ?? {};
    this.selectsAll = resourcePrefix === '' && clientId === '' && states.length === 0;
    this.#prefix = resourcePrefix;
    this.#below = resourcePrefix.endsWith('/') ? resourcePrefix : `${resourcePrefix}/`;
    this.#clientId = clientId;
    this.#states = states;
  }

  selects(lease: LeaseFacts): boolean {
    return this.#selectsName(lease) && this.#selectsState(lease.state);
  }

  /**
   * The type that an event goes out with; undefined: not at all. Whoever
   * folds what goes out over the watch's snapshot (a lease that is ENDED or
   * REMOVED goes, any other is set) has what the filter selects of all leases
   * at any time.
   */
  typeFor(event: EventFacts): LeaseEventType | undefined {
    if (!this.#selectsName(event)) return undefined;
    if (this.#selectsState(event.state)) return event.type;
    const before = stateBefore(event.type, event.state);
    if (before === undefined || !this.#selectsState(before)) return undefined;
    return event.state === LeaseState.ENDED ? event.type : LeaseEventType.REMOVED;
  }

  /** A lease's name and client never change. */
  #selectsName({ resource, clientId }: LeaseFacts): boolean {
    if (this.#clientId !== '' && this.#clientId !== clientId) return false;
    if (this.#prefix === '') return true;
    const slashAt = this.#below.length - 1;
    if (resource.length <= slashAt) return resource === this.#prefix;
    // Rejects most names without looking at more.
    return resource.charCodeAt(slashAt) === SLASH && resource.startsWith(this.#below);
  }

  #selectsState(state: LeaseState): boolean {
    return this.#states.length === 0 || this.#states.includes(state);
  }
}

/** The lease's state before an event; undefined where it came with it. */
function stateBefore(type: LeaseEventType, after: LeaseState): LeaseState | undefined {
  switch (type) {
    case LeaseEventType.RELEASED:
    case LeaseEventType.REVOKED:
    case LeaseEventType.REPLACED:
    case LeaseEventType.EXPIRED:
    case LeaseEventType.HOLDER_GONE:
      return LeaseState.ACTIVE;
    case LeaseEventType.DRAINED:
      return LeaseState.DRAINING;
    case LeaseEventType.INHERITED:
    case LeaseEventType.UPDATED:
      return after;
    case LeaseEventType.ACQUIRED:
    // The others are made for one watch and never in the history.
    case LeaseEventType.SNAPSHOT:
    case LeaseEventType.SYNCED:
    case LeaseEventType.REMOVED:
    case LeaseEventType.BOOKMARK:
    case LeaseEventType.UNSPECIFIED:
    case LeaseEventType.UNRECOGNIZED:
      return undefined;
  }
}
