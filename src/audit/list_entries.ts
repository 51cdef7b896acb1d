import {
  AuditEntry,
  type ListAuditEntriesRequest,
  type ListAuditEntriesResponse,
} from '@tenure/client/gen/tenure/audit/v1/audit_service';
import { invalid } from '../rpc/request_checks.js';
import type { AuditLog } from '../telemetry/audit_log.js';
import { selects } from './audit_filter_rules.js';
import { readFilter } from './audit_query.js';
import { entryMessage } from './entry_message.js';

const DEFAULT_PAGE_SIZE = 100;
const MAX_PAGE_SIZE = 1000;
/** A page of long entries ends earlier. */
const MAX_PAGE_BYTES = 1024 * 1024;

/** One page, of what is in the log when it is asked for. */
export async function listEntries(
  log: AuditLog,
  { filter, pageSize, pageToken }: ListAuditEntriesRequest,
  signal: AbortSignal,
): Promise<ListAuditEntriesResponse> {
  if (pageSize < 0 || pageSize > MAX_PAGE_SIZE) throw invalid('page_size', `must be from 1 to ${MAX_PAGE_SIZE}`);
  const size = pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize;
  const query = readFilter(filter);
  const cursor = log.cursor(readPageToken(pageToken));
  log.flush();
  const newest = log.latestSequence;
  const entries: AuditEntry[] = [];
  let bytes = 0;
  try {
    for (let piece = await cursor.next(); piece !== undefined; piece = await cursor.next()) {
      signal.throwIfAborted();
      for (const entry of piece.entries) {
        // Without an end that stands, a busy log could be read for ever.
        if (entry.sequence > newest) return { entries, nextPageToken: '' };
        if (!selects(query, entry)) continue;
        const last = entries.at(-1);
        if (last !== undefined && (entries.length === size || bytes > MAX_PAGE_BYTES)) {
          return { entries, nextPageToken: String(last.sequence) };
        }
        const message = entryMessage(entry);
        entries.push(message);
        bytes += AuditEntry.encode(message).finish().length;
      }
    }
  } finally {
    await cursor.close();
  }
  return { entries, nextPageToken: '' };
}

/** The sequence that the page before ended with. */
function readPageToken(token: string): number {
  if (token === '') return 0;
  const after = /^[1-9]\d{0,15}$/.test(token) ? Number(token) : Number.NaN;
  if (!Number.isSafeInteger(after)) throw invalid('page_token', 'is not one that ListAuditEntries answered');
  return after;
}
