import type { AuditFilter } from '@tenure/client/gen/tenure/audit/v1/audit_service';
import { checkText, invalid, readMoment } from '../rpc/request_checks.js';
import type { AuditQuery } from './audit_filter_rules.js';

const MAX_ACTIONS = 64;
/** Most bytes of a text to look for: no entry has longer ones. */
const MAX_TEXT_BYTES = 4096;

/** What a filter asks for; throws a Refusal where it makes no sense. */
export function readFilter(filter: AuditFilter | undefined): AuditQuery {
  const { since, until, actions = [], clientId = '', resourcePrefix = '' } = filter ?? {};
  if (actions.length > MAX_ACTIONS) throw invalid('filter.actions', `has more than ${MAX_ACTIONS} actions`);
  for (const action of actions) {
    if (action === '') throw invalid('filter.actions', 'has an empty action; leave it out for all');
    checkText('filter.actions', action, MAX_TEXT_BYTES);
  }
  checkText('filter.client_id', clientId, MAX_TEXT_BYTES);
  checkText('filter.resource_prefix', resourcePrefix, MAX_TEXT_BYTES);
  return {
    sinceMs: readMoment('filter.since', since),
    untilMs: readMoment('filter.until', until),
    actions,
    clientId,
    resourcePrefix,
  };
}
