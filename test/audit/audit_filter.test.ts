import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AuditFilter } from '@tenure/client/gen/tenure/audit/v1/audit_service';
import fc from 'fast-check';
import { type EntryFacts, selects } from '../../src/audit/audit_filter_rules.js';
import { readFilter } from '../../src/audit/audit_query.js';
import { Refusal } from '../../src/rpc/refusal.js';

const NO_FILTER = AuditFilter.decode(new Uint8Array(0));

const action = fc.constantFrom(
  'secret.leased',
  'secret.rotated',
  'secret',
  'lease.revoked',
  'lease',
  'leases.x',
  'a.b.c',
);
const clientId = fc.constantFrom('', 'c', 'client', 'C');
const resource = fc.constantFrom('', 'secret/a', 'secret/a/b', 'secret/ab', 'secret', 'gpu', 'secret/a/');
const time = fc.integer({ min: -3, max: 3 });

const entry: fc.Arbitrary<EntryFacts> = fc.record({ timeMs: time, action, clientId, resource });
const filter = fc.record({
  since: fc.option(time, { nil: undefined }),
  until: fc.option(time, { nil: undefined }),
  actions: fc.array(fc.oneof(action, fc.constantFrom('secret', 'lease', 'a', 'a.b')), { maxLength: 3 }),
  clientId,
  resourcePrefix: resource,
});

function timestamp(ms: number | undefined) {
  return ms === undefined
    ? undefined
    : { seconds: BigInt(Math.floor(ms / 1000)), nanos: (((ms % 1000) + 1000) % 1000) * 1e6 };
}

test('an entry is selected exactly where each part of the filter says so', () => {
  fc.assert(
    fc.property(filter, entry, (wanted, found) => {
      const { since, until, ...rest } = wanted;
      const query = readFilter({ ...rest, since: timestamp(since), until: timestamp(until) });
      const reasons = [
        since !== undefined && found.timeMs < since,
        until !== undefined && found.timeMs >= until,
        rest.clientId.length > 0 && rest.clientId !== found.clientId,
        rest.actions.length > 0 &&
          !rest.actions.some((name) => [found.action, found.action.split('.')[0]].includes(name)),
        // Segment by segment; a slash at the end of the prefix says nothing more.
        !isPathPrefix(rest.resourcePrefix.replace(/\/$/, ''), rest.resourcePrefix, found.resource),
      ];
      assert.equal(selects(query, found), !reasons.includes(true));
    }),
    { numRuns: 2_000 },
  );
});

function isPathPrefix(prefix: string, given: string, resource: string): boolean {
  if (prefix === '' || given === resource) return true;
  const wanted = prefix.split('/');
  const parts = resource.split('/');
  return parts.length > wanted.length && wanted.every((part, index) => part === parts[index]);
}

test('a filter that makes no sense is refused with the field', () => {
  const refused = (fields: Partial<AuditFilter>): unknown => {
    try {
      readFilter({ ...NO_FILTER, ...fields });
      return undefined;
    } catch (error) {
      return error instanceof Refusal ? [error.reason, error.metadata['field']] : error;
    }
  };
  assert.equal(refused({}), undefined);
  assert.deepEqual(refused({ actions: [''] }), ['INVALID_FIELD', 'filter.actions']);
  assert.deepEqual(refused({ actions: Array(65).fill('a') }), ['INVALID_FIELD', 'filter.actions']);
  assert.deepEqual(refused({ clientId: 'a\nb' }), ['INVALID_FIELD', 'filter.client_id']);
  assert.deepEqual(refused({ resourcePrefix: 'x'.repeat(5_000) }), ['INVALID_FIELD', 'filter.resource_prefix']);
  assert.deepEqual(refused({ since: { seconds: 0n, nanos: -1 } }), ['INVALID_FIELD', 'filter.since']);
  assert.deepEqual(refused({ until: { seconds: 1n << 62n, nanos: 0 } }), ['INVALID_FIELD', 'filter.until']);
});
