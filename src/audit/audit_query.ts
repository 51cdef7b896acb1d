import type { Timestamp } from '@tenure/client/gen/google/protobuf/timestamp';
import type { AuditFilter } from '@tenure/client/gen/tenure/audit/v1/audit_service';
import { checkText, invalid } from '../rpc/request_checks.js';
import type { AuditQuery } from './audit_filter_rules.js';

const MAX_ACTIONS = 64;
/** Most bytes of a text to look for: no entry has longer ones. */
const MAX_TEXT_BYTES = 4096;
/** The moments that a protobuf Timestamp can be: years 1 to 9999, in seconds. */
const MIN_SECONDS = -62_135_596_800n;
const MAX_SECONDS = 253_402_300_799n;

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
    sinceMs: readTime('filter.since', since),
    untilMs: readTime('filter.until', until),
    actions,
    clientId,
    resourcePrefix,
  };
}

function readTime(field: string, time: Timestamp | undefined): number | undefined {
  if (time === undefined) return undefined;
  const { seconds, nanos } = time;
  if (seconds < MIN_SECONDS || seconds > MAX_SECONDS || nanos < 0 || nanos >= 1e9) {
    throw invalid(field, 'is no moment of the years 1 to 9999');
  }
  return Number(seconds) * 1000 + nanos / 1e6;
}
