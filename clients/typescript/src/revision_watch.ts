import type { ClientReadableStream, Metadata } from '@grpc/grpc-js';
import type { DaemonChannel } from './channel.js';
import type { Connection } from './connection.js';
import type { TenureError } from './errors.js';
import { resumingStream } from './resuming_stream.js';

/** How to watch what has revisions. */
export interface RevisionWatch<E extends { readonly revision: bigint }> {
  readonly connection: Connection;
  /** Opens a stream; without a revision it begins with a snapshot. */
  readonly open: (
    channel: DaemonChannel,
    afterRevision: bigint | undefined,
    metadata: Metadata,
  ) => ClientReadableStream<{ events: E[] }>;
  /** What an event is besides a change; undefined: it is one. */
  readonly markOf: (event: E) => 'synced' | 'bookmark' | undefined;
  readonly afterRevision: bigint | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onSnapshot: (() => void) | undefined;
  readonly onBreak: ((error: Error) => void) | undefined;
}

/** Where a watch stands, over all of its streams. */
interface Progress<E> {
  /** All up to here has been passed on; undefined: the next stream begins with a snapshot. */
  after: bigint | undefined;
  /** Where the present stream was asked to begin: whatever comes from before it came already. */
  begin: bigint | undefined;
  /** A snapshot is kept back until it is whole, so that a break in its midst repeats nothing. */
  snapshot: E[] | undefined;
  /** Whether the caller still waits for the SYNCED that ends what it asked for. */
  awaitsSynced: boolean;
}

/** A snapshot, then each change once, in order, over any number of breaks. */
export async function* watchRevisions<E extends { readonly revision: bigint }>(
  watch: RevisionWatch<E>,
): AsyncGenerator<E, void, undefined> {
  const { markOf } = watch;
  const progress: Progress<E> = {
    after: watch.afterRevision,
    begin: undefined,
    snapshot: undefined,
    awaitsSynced: true,
  };
  const batches = resumingStream({
    connection: watch.connection,
    open: (channel, metadata) => {
      progress.snapshot = progress.after === undefined ? [] : undefined;
      progress.begin = progress.after;
      return watch.open(channel, progress.after, metadata);
    },
    isResumable: (error) => resumeAfter(error, progress),
    onBreak: watch.onBreak,
    signal: watch.signal,
  });
  for await (const { events } of batches) {
    for (const event of events) {
      const mark = markOf(event);
      if (progress.snapshot === undefined) {
        if (isNews(event, mark, progress)) {
          progress.after = event.revision;
          yield event;
        }
      } else if (mark === 'synced') {
        const snapshot = progress.snapshot;
        progress.snapshot = undefined;
        progress.awaitsSynced = false;
        progress.after = event.revision;
        watch.onSnapshot?.();
        yield* snapshot;
        yield event;
      } else {
        progress.snapshot.push(event);
      }
    }
  }
}

function isNews<E extends { readonly revision: bigint }>(
  { revision }: E,
  mark: 'synced' | 'bookmark' | undefined,
  progress: Progress<E>,
): boolean {
  switch (mark) {
    case undefined:
      return progress.begin === undefined || revision > progress.begin;
    case 'bookmark':
      return true;
    case 'synced': {
      // After a resume it would tell of a break that left no trace.
      const wanted = progress.awaitsSynced;
      progress.awaitsSynced = false;
      return wanted;
    }
  }
}

/** Whether, and from where, the watch goes on after an end that the daemon gave a reason for. */
function resumeAfter<E>({ reason }: TenureError, progress: Progress<E>): boolean {
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
