import type { WatchAuditEntriesOptions } from './audit.js';
import { completeAuditFilter } from './audit_calls.js';
import type { Connection } from './connection.js';
import type { AuditEntry } from './gen/tenure/audit/v1/audit_service.js';
import { resumingStream } from './resuming_stream.js';

/** See `Client.watchAuditEntries`. */
export async function* watchAuditEntries(
  connection: Connection,
  options: WatchAuditEntriesOptions,
): AsyncGenerator<AuditEntry, void, undefined> {
  const filter = completeAuditFilter(options.filter);
  /** All up to here has been passed on, or does not match the filter. */
  let after = options.afterSequence;
  const batches = resumingStream({
    connection,
    open: ({ audit }, metadata) => audit.watchAuditEntries({ filter, afterSequence: after }, metadata),
    // The log itself is the history: what a slow reader missed is still there.
    isResumable: ({ reason }) => reason === 'SLOW_WATCHER',
    onBreak: options.onBreak,
    signal: options.signal,
  });
  for await (const { entries, sequence } of batches) {
    for (const entry of entries) {
      // A daemon that repeats itself is not passed on.
      if (after === undefined || entry.sequence > after) {
        yield entry;
      }
    }
    if (after === undefined || sequence > after) {
      after = sequence;
    }
  }
}
