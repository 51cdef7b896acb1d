import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { secretName, sessionOfSecret } from '../../../src/session/containers/name_rules.js';
import { type FoundContainer, planOf, type SessionStanding } from '../../../src/session/containers/reconcile_rules.js';

const ID = 'saaaaaaaaaaaa';

function container(fields: Partial<FoundContainer>): FoundContainer {
  return { id: 'c', name: 'c', image: 'i', agent: 'a', sessionId: ID, pid: 1, alive: true, startWallMs: 1, ...fields };
}

/** What becomes of one container. */
function fate(fields: Partial<FoundContainer>, standing: SessionStanding): string {
  const plan = planOf(
    { containers: [container(fields)], secrets: [] },
    () => standing,
    () => true,
  );
  if (plan.removeContainers.length > 0) return 'removed';
  return plan.adopt.length > 0 ? 'adopted' : 'kept';
}

describe('a container of this instance', () => {
  test('is kept for a session that lives or is being made, whatever podman says of it', () => {
    for (const alive of [true, false]) {
      assert.equal(fate({ alive }, 'living'), 'kept');
      assert.equal(fate({ alive }, 'making'), 'kept');
    }
  });

  test('is removed with its session, and where it is dead', () => {
    assert.equal(fate({ alive: true }, 'ended'), 'removed');
    assert.equal(fate({ alive: false }, 'ended'), 'removed');
    assert.equal(fate({ alive: false }, 'unknown'), 'removed');
    assert.equal(fate({ alive: false }, 'unreadable'), 'removed');
  });

  test('becomes a session again where it runs without one, but not over a record that nobody can read', () => {
    assert.equal(fate({}, 'unknown'), 'adopted');
    assert.equal(fate({}, 'unreadable'), 'kept');
    assert.equal(fate({ sessionId: 'somebody' }, 'unknown'), 'kept');
  });
});

test('a secret stays only as long as its container may still have to read it', () => {
  const isKept = (standing: SessionStanding, started: boolean): boolean => {
    const secrets = [{ name: 'n', sessionId: ID }];
    return (
      planOf(
        { containers: [], secrets },
        () => standing,
        () => started,
      ).removeSecrets.length === 0
    );
  };
  assert.equal(isKept('making', false), true);
  assert.equal(isKept('living', false), true);
  assert.equal(isKept('living', true), false);
  assert.equal(isKept('ended', false), false);
  assert.equal(isKept('unknown', false), false);
});

test('a secret is known by its name as this instance’s, and another’s never is', () => {
  const word = fc.stringMatching(/^[a-z2-7]{12}$/);
  fc.assert(
    fc.property(word, word, word, fc.nat(200), (instance, other, session, number) => {
      const name = secretName(instance, `s${session}`, number);
      assert.ok(name.length <= 64, name);
      assert.equal(sessionOfSecret(instance, name), `s${session}`);
      if (other !== instance) assert.equal(sessionOfSecret(other, name), undefined);
    }),
  );
  assert.equal(sessionOfSecret('aaaaaaaaaaaa', 'my-token'), undefined);
});
