import type { Audit } from './audit.js';
import type { Fields } from './call_options.js';
import { AuditFilter, ListAuditEntriesRequest } from './gen/tenure/audit/v1/audit_service.js';
import { complete } from './requests.js';
import type { SingleCalls } from './single_calls.js';

/** See `Client.audit`. */
export function auditCalls(calls: SingleCalls): Audit {
  return {
    listAuditEntries(fields = {}, options) {
      const request = complete(ListAuditEntriesRequest, { ...fields, filter: completeAuditFilter(fields.filter) });
      return calls.repeated(({ audit }, ...rest) => audit.listAuditEntries(request, ...rest), options);
    },
  };
}

export function completeAuditFilter(filter: Fields<AuditFilter> | undefined): AuditFilter | undefined {
  return filter === undefined ? undefined : complete(AuditFilter, filter);
}
