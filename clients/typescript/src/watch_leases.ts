import type { WatchLeasesOptions } from './client.js';
import type { Connection } from './connection.js';
import type { TenureError } from './errors.js';
import { type LeaseEvent, LeaseEventType } from './gen/tenure/lease/v1/lease_service.js';
import { completeFilter } from './requests.js';
import { resumingStream } from './resuming_stream.js';

/** Where a watch stands, over all of its streams. */
interface Progress {
  /** All up to here has been passed on; undefined: the next stream begins with a snapshot. */
  after: bigint | undefined;
  /** Where the present stream was asked to begin: whatever comes from before it came already. */
  begin: bigint | undefined;
  /** A snapshot is kept back until it is whole, so that a break in its midst repeats nothing. */
  snapshot: LeaseEvent[] | undefined;
  /** Whether the caller still waits for the SYNCED that ends what it asked for. */
  awaitsSynced: boolean;
}

/** See `Client.watchLeases`. */
export async function* watchLeases(
  connection: Connection,
  options: WatchLeasesOptions,
): AsyncGenerator<LeaseEvent, void, undefined> {
  const progress: Progress = {
    after: options.afterRevision,
    begin: undefined,
    snapshot: undefined,
    awaitsSynced: true,
  };
  const filter = completeFilter(options.filter);
  const batches = resumingStream({
    connection,
    open: ({ leases }, metadata) => {
      progress.snapshot = progress.after === undefined ? [] : undefined;
      progress.begin = progress.after;
      return leases.watchLeases({ filter, afterRevision: progress.after }, metadata);
    },
    isResumable: (error) => resumeAfter(error, progress),
    onBreak: options.onBreak,
    signal: options.signal,
  });
  for await (const { events } of batches) {
    for (const event of events) {
      if (progress.snapshot === undefined) {
        yield* changeOf(event, progress);
      } else if (event.type === LeaseEventType.SYNCED) {
        const snapshot = progress.snapshot;
        progress.snapshot = undefined;
        progress.awaitsSynced = false;
        progress.after = event.revision;
        options.onSnapshot?.();
        yield* snapshot;
        yield event;
      } else {
        progress.snapshot.push(event);
      }
    }
  }
}

function* changeOf(event: LeaseEvent, progress: Progress): Generator<LeaseEvent, void, undefined> {
  if (event.lease !== undefined && progress.begin !== undefined && event.revision <= progress.begin) {
    return;
  }
  if (event.type === LeaseEventType.SYNCED) {
    // After a resume it would tell of a break that left no trace.
    if (!progress.awaitsSynced) {
      return;
    }
    progress.awaitsSynced = false;
  }
  progress.after = event.revision;
  yield event;
}

/** Whether, and from where, the watch goes on after an end that the daemon gave a reason for. */
function resumeAfter({ reason }: TenureError, progress: Progress): boolean {
  switch (reason) {
    case 'COMPACTED':
    case 'FUTURE_REVISION':
      // What lies between is known to nobody any more: begin anew.
      progress.after = undefined;
      return true;
    case 'SLOW_WATCHER':
      // The history may still have it; if not, COMPACTED follows.
      return true;
    default:
      return false;
  }
}
