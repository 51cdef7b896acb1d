import type {
  WatchAuditEntriesRequest,
  WatchAuditEntriesResponse,
} from '@tenure/client/gen/tenure/audit/v1/audit_service';
import { Refusal } from '../rpc/refusal.js';
import type { OutStream } from '../rpc/streams.js';
import type { AuditLog } from '../telemetry/audit_log.js';
import { selects } from './audit_filter_rules.js';
import { readFilter } from './audit_query.js';
import { entryMessage } from './entry_message.js';

/** Entries that a filter leaves out until a watcher is told how far it is, so that it need not read them again. */
const SILENT_ENTRIES = 1_000;

/** What a watch needs of its stream. */
export type WatchOut = Pick<OutStream<WatchAuditEntriesResponse>, 'write' | 'drained' | 'closed'>;

/**
 * Serves one watch until its reader goes. It is a place in the log's files
 * and keeps no entries: a slow one reads later what it did not read yet.
 */
export async function watchEntries(log: AuditLog, request: WatchAuditEntriesRequest, out: WatchOut): Promise<void> {
  const query = readFilter(request.filter);
  log.flush();
  const after = request.afterSequence ?? 0n;
  if (after > BigInt(log.latestSequence)) {
    throw new Refusal(
      'FUTURE_REVISION',
      `sequence ${after} is ahead of this log's ${log.latestSequence}; watch without after_sequence, or after a lower one`,
      { latest_sequence: String(log.latestSequence) },
    );
  }
  const cursor = log.cursor(Number(after));
  const news = new News(log, out.closed);
  let told = -1;
  try {
    while (!out.closed.aborted) {
      const newest = log.latestSequence;
      const piece = await cursor.next();
      if (cursor.missed) throw tooSlow();
      const entries = (piece?.entries ?? []).filter((entry) => selects(query, entry)).map(entryMessage);
      const upTo = piece?.upTo ?? newest;
      // One who has heard nothing is told when all that there was has been read.
      if (entries.length > 0 || upTo - told >= SILENT_ENTRIES || (piece === undefined && told === -1)) {
        told = upTo;
        if (!out.write({ entries, sequence: BigInt(upTo) })) await out.drained();
      }
      if (piece === undefined) await news.after(newest);
    }
  } finally {
    news.close();
    await cursor.close();
  }
}

/** Waits for entries to be written. */
class News {
  readonly #log: AuditLog;
  readonly #closed: AbortSignal;
  readonly #unsubscribe: () => void;
  #wake: () => void = () => undefined;
  readonly #onClosed = (): void => this.#wake();

  constructor(log: AuditLog, closed: AbortSignal) {
    this.#log = log;
    this.#closed = closed;
    this.#unsubscribe = log.onWritten(() => this.#wake());
    closed.addEventListener('abort', this.#onClosed);
  }

  /** Resolves once there is a higher sequence than this, or nobody reads any more. */
  async after(sequence: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (this.#log.latestSequence > sequence || this.#closed.aborted) resolve();
    });
  }

  close(): void {
    this.#unsubscribe();
    this.#closed.removeEventListener('abort', this.#onClosed);
  }
}

function tooSlow(): Refusal {
  return new Refusal(
    'SLOW_WATCHER',
    'entries were dropped before this watch came to them; watch again after the last one for what is still there',
  );
}
