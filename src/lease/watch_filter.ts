import { LeaseState } from '@tenure/client/gen/tenure/lease/v1/lease';
import { LeaseEventType, type LeaseFilter } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import type { EventFacts } from './history_event.js';
import { isAtOrBelow } from './resource_name.js';

/** What a filter asks of a lease. */
export interface LeaseFacts {
  readonly resource: string;
  readonly clientId: string;
  readonly state: LeaseState;
}

/** Whether a filter selects all leases, so that none needs to be looked at. */
export function selectsAll(filter: LeaseFilter | undefined): boolean {
  return filter === undefined || (filter.resourcePrefix === '' && filter.clientId === '' && filter.states.length === 0);
}

/** Whether a filter selects a lease. */
export function selects(filter: LeaseFilter | undefined, lease: LeaseFacts): boolean {
  return filter === undefined || (selectsName(filter, lease) && selectsState(filter, lease.state));
}

/**
 * The type that an event goes out with on a filtered watch; undefined: not at
 * all. Whoever folds what goes out over the watch's snapshot (a lease that is
 * ENDED or REMOVED goes, any other is set) has what the filter selects of
 * all leases at any time.
 */
export function watchedAs(filter: LeaseFilter | undefined, event: EventFacts): LeaseEventType | undefined {
  if (filter === undefined) return event.type;
  if (!selectsName(filter, event)) return undefined;
  if (selectsState(filter, event.state)) return event.type;
  const before = stateBefore(event);
  if (before === undefined || !selectsState(filter, before)) return undefined;
  return event.state === LeaseState.ENDED ? event.type : LeaseEventType.REMOVED;
}

/** The lease's state before the event; undefined where it came with it. */
function stateBefore({ type, state }: Pick<EventFacts, 'type' | 'state'>): LeaseState | undefined {
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
      return state;
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

function selectsName(filter: LeaseFilter, lease: Pick<LeaseFacts, 'resource' | 'clientId'>): boolean {
  if (filter.clientId !== '' && filter.clientId !== lease.clientId) return false;
  return isAtOrBelow(lease.resource, filter.resourcePrefix);
}

function selectsState(filter: LeaseFilter, state: LeaseState): boolean {
  return filter.states.length === 0 || filter.states.includes(state);
}
