import type { AuditServiceService } from '@tenure/client/gen/tenure/audit/v1/audit_service';
import { type HandlersFor, serverStream, unary } from '../rpc/handlers.js';
import { Refusal } from '../rpc/refusal.js';
import type { AuditLog } from '../telemetry/audit_log.js';
import { listEntries } from './list_entries.js';
import { watchEntries } from './watch_entries.js';

/** Each keeps a file open, and reads it at every entry. */
const MAX_WATCHES = 256;

/** Serves tenure.audit.v1.AuditService: the audit log in pages, or as it grows. */
export function createAuditService(log: AuditLog, maxWatches = MAX_WATCHES): HandlersFor<AuditServiceService> {
  let watches = 0;
  return {
    listAuditEntries: unary((request, { signal }) => listEntries(log, request, signal), { role: 'viewer' }),
    watchAuditEntries: serverStream(
      async (request, _context, out) => {
        if (watches >= maxWatches) {
          throw new Refusal('TOO_MANY', `${maxWatches} watches are open, which is the limit; end some and try again`);
        }
        watches += 1;
        try {
          await watchEntries(log, request, out);
        } finally {
          watches -= 1;
        }
      },
      { role: 'viewer' },
    ),
  };
}
