import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { judge, type Situation } from '../../../src/cli/session/worktree_rules.js';

const facts = { isGone: false, changedFiles: 0, unmergedCommits: 0, looseCommits: 0, hasOwnBranch: true, fault: '' };
const idle: Situation = { facts, life: { kind: 'ended' }, processes: [], locked: undefined };
const shell = { pid: 7, command: 'zsh', directory: '/w', sessionId: '' };

test('a worktree that nobody needs goes, and its branch with it', () => {
  assert.deepEqual(judge(idle), { forbids: [], warns: [], dropsBranch: true });
  assert.equal(judge({ ...idle, facts: { ...facts, isGone: true } }).warns.length, 0);
});

test('each reason to stay is told', () => {
  const reasons: readonly (readonly [Partial<Situation>, string])[] = [
    [{ life: { kind: 'unknown', why: 'who knows' } }, 'who knows'],
    [{ processes: [shell] }, 'process 7 zsh works in it'],
    [{ facts: { ...facts, changedFiles: 1 } }, '1 file with changes'],
    [{ facts: { ...facts, unmergedCommits: 2 } }, '2 commits on no other branch'],
    [{ facts: { ...facts, looseCommits: 1 } }, '1 commit on no branch'],
    [{ facts: { ...facts, fault: 'bad object' } }, "git can't tell all of it: bad object"],
  ];
  for (const [change, warning] of reasons) {
    assert.deepEqual(judge({ ...idle, ...change }).warns, [warning]);
    assert.deepEqual(judge({ ...idle, ...change }).forbids, []);
  }
  assert.deepEqual(judge({ ...idle, life: { kind: 'lives', sessionId: 's1' }, processes: [shell] }), {
    forbids: ['session s1 runs'],
    warns: [],
    dropsBranch: true,
  });
  assert.deepEqual(judge({ ...idle, locked: '' }).forbids, ['git has it locked']);
  assert.deepEqual(judge({ ...idle, locked: 'on a stick' }).forbids, ['git has it locked: on a stick']);
});

test('a branch goes only where none of its commits is nowhere else, and that is certain', () => {
  const some = fc.record({
    isGone: fc.boolean(),
    changedFiles: fc.nat(3),
    unmergedCommits: fc.nat(3),
    looseCommits: fc.nat(3),
    hasOwnBranch: fc.boolean(),
    fault: fc.constantFrom('', 'broken'),
  });
  fc.assert(
    fc.property(some, (any) => {
      const { dropsBranch } = judge({ ...idle, facts: any });
      assert.equal(dropsBranch, any.hasOwnBranch && any.unmergedCommits === 0 && any.fault === '');
    }),
  );
});
