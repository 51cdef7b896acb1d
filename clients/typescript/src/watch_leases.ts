import type { WatchLeasesOptions } from './client.js';
import type { Connection } from './connection.js';
import { type LeaseEvent, LeaseEventType } from './gen/tenure/lease/v1/lease_service.js';
import { completeFilter } from './requests.js';
import { watchRevisions } from './revision_watch.js';

/** See `Client.watchLeases`. */
export function watchLeases(
  connection: Connection,
  { filter, afterRevision, signal, onSnapshot, onBreak }: WatchLeasesOptions,
): AsyncGenerator<LeaseEvent, void, undefined> {
  const wanted = completeFilter(filter);
  return watchRevisions<LeaseEvent>({
    connection,
    open: ({ leases }, after, metadata) => leases.watchLeases({ filter: wanted, afterRevision: after }, metadata),
    markOf,
    afterRevision,
    signal,
    onSnapshot,
    onBreak,
  });
}

function markOf({ type, lease }: LeaseEvent): 'synced' | 'bookmark' | undefined {
  if (type === LeaseEventType.SYNCED) {
    return 'synced';
  }
  return lease === undefined ? 'bookmark' : undefined;
}
