import type { WatchQueuesOptions } from './client.js';
import type { Connection } from './connection.js';
import type { Queue } from './gen/tenure/lease/v1/lease_service.js';
import { resumingStream } from './resuming_stream.js';

/** See `Client.watchQueues`. */
export async function* watchQueues(
  connection: Connection,
  { resourcePrefix = '', signal, onSnapshot, onBreak }: WatchQueuesOptions,
): AsyncGenerator<Queue, void, undefined> {
  /** The beginning is kept back until it is whole, so that a break in its midst repeats nothing. */
  let beginning: Queue[] | undefined;
  const batches = resumingStream({
    connection,
    open: ({ leases }, metadata) => {
      beginning = [];
      return leases.watchQueues({ resourcePrefix }, metadata);
    },
    isResumable: () => false,
    onBreak,
    signal,
  });
  for await (const { queues, synced } of batches) {
    if (beginning === undefined) {
      yield* queues;
    } else {
      beginning.push(...queues);
      if (synced) {
        const all = beginning;
        beginning = undefined;
        onSnapshot?.();
        yield* all;
      }
    }
  }
}
