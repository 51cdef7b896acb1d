import type { CallOptions, Fields } from './call_options.js';
import type {
  AuditFilter,
  ListAuditEntriesRequest,
  ListAuditEntriesResponse,
} from './gen/tenure/audit/v1/audit_service.js';

/** A list request, in the contract's own terms. */
export type ListAuditEntriesFields = Fields<Omit<ListAuditEntriesRequest, 'filter'>> & {
  readonly filter?: Fields<AuditFilter> | undefined;
};

/** The audit log. To follow it, see `Client.watchAuditEntries`. */
export interface Audit {
  listAuditEntries(request?: ListAuditEntriesFields, options?: CallOptions): Promise<ListAuditEntriesResponse>;
}

/** How to watch the audit log. */
export interface WatchAuditEntriesOptions {
  /** Which entries. Default: all. */
  readonly filter?: Fields<AuditFilter> | undefined;
  /** Only entries after this one. Default: from the oldest that is kept. */
  readonly afterSequence?: bigint | undefined;
  /** Ends the watch in order, without an error. */
  readonly signal?: AbortSignal | undefined;
  /** Told when the connection broke, before it is tried again. */
  readonly onBreak?: ((error: Error) => void) | undefined;
}
