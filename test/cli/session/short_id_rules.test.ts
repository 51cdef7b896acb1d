import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Named, shortIds } from '../../../src/cli/session/short_id_rules.js';

/** As the daemon finds a session: exactly, else by the beginning of an id. */
function found(sessions: readonly Named[], wanted: string): readonly string[] {
  const exact = sessions.filter(({ sessionId, nativeId }) => sessionId === wanted || nativeId === wanted);
  const matches = exact.length > 0 ? exact : sessions.filter((one) => begins(one, wanted));
  return matches.map(({ sessionId }) => sessionId);
}

function begins({ sessionId, nativeId }: Named, wanted: string): boolean {
  return sessionId.startsWith(wanted) || nativeId.startsWith(wanted);
}

const launched: Named[] = [
  { sessionId: 'sabcdefghijkl', nativeId: '' },
  { sessionId: 'sabcdefzzzzzz', nativeId: '4d03fcc4-f031' },
  { sessionId: 'szzzzzzzzzzzz', nativeId: '' },
];

test('ids of sessions that were launched are cut to five characters, or to as many as tell them apart', () => {
  assert.deepEqual([...shortIds(launched).values()], ['sabcdefg', 'sabcdefz', 'szzzz']);
});

test('a session that was found is named by its program’s own id', () => {
  const uuid = (tail: string) => ({ sessionId: `codex:0199-aaaa-${tail}`, nativeId: `0199-aaaa-${tail}` });
  const ids = shortIds([...launched, uuid('bb11'), uuid('bb22'), uuid('cc')]);
  assert.equal(ids.get('codex:0199-aaaa-bb11'), '0199-aaaa-bb1');
  assert.equal(ids.get('codex:0199-aaaa-cc'), '0199-aaaa-c');
});

test('an id that is the beginning of another, or that two have, stands in full', () => {
  const ids = shortIds([
    { sessionId: 'pi:abcdefgh', nativeId: 'abcdefgh' },
    { sessionId: 'pi:abcdefghi', nativeId: 'abcdefghi' },
    { sessionId: 'claude-code:same-native', nativeId: 'same-native' },
    { sessionId: 'sresumedaaaaa', nativeId: 'same-native' },
  ]);
  assert.equal(ids.get('pi:abcdefgh'), 'pi:abcdefgh');
  assert.equal(ids.get('claude-code:same-native'), 'claude-code:same-native');
  assert.equal(ids.get('sresumedaaaaa'), 'sresu');
});

test('whatever the ids are, each short one names its session and no other', () => {
  // Few letters, so that much is in common.
  const letters = (length: number) => fc.string({ unit: fc.constantFrom('a', 'b'), minLength: length, maxLength: 12 });
  const launchedId = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 12, maxLength: 12 }).map((id) => `s${id}`);
  const one = fc.oneof(
    fc.record({ sessionId: launchedId, nativeId: fc.oneof(fc.constant(''), letters(1)) }),
    letters(1).map((nativeId) => ({ sessionId: `pi:${nativeId}`, nativeId })),
  );
  fc.assert(
    fc.property(fc.uniqueArray(one, { selector: ({ sessionId }) => sessionId, maxLength: 12 }), (sessions) => {
      for (const [sessionId, short] of shortIds(sessions)) {
        assert.deepEqual(found(sessions, short), [sessionId], short);
      }
    }),
    { numRuns: 500 },
  );
});
