import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readImport } from '../../../src/cli/secret/import_rules.js';

test('an env file and a JSON object are told apart by their first character', () => {
  const expected = { entries: [{ name: 'A', value: '1' }], faults: [] };
  assert.deepEqual(readImport('A=1\n', undefined), expected);
  assert.deepEqual(readImport('\uFEFF\n {"A":"1"}', undefined), expected);
  assert.deepEqual(readImport('{"a/b":"x\\ny"}', 'team').entries, [{ name: 'team/a/b', value: 'x\ny' }]);
  assert.deepEqual(readImport('A=1', 'team/x').entries, [{ name: 'team/x/A', value: '1' }]);
});

test('all faults come at once, with their places, and never with a value', () => {
  const { faults } = readImport(`A=hunter2\nB=\nA=hunter3\nC='hunter4\nD=${'x'.repeat(65_537)}\n`, undefined);
  assert.deepEqual(faults, [
    "line 4: the value of C has no closing '",
    'line 2: B has an empty value; a secret has at least one byte',
    'line 3: A is there twice; it also is line 1',
    'line 5: D has a value of 65537 bytes; at most 65536 are allowed',
  ]);
  const json = readImport('{"a":1,"b":null,"c//d":"x","e":{"f":"hunter2"},"":"y"}', undefined);
  assert.deepEqual(json.faults, [
    'a is no text',
    'b is no text',
    'e is no text',
    'entry 3: c//d has an empty segment; take out the leading, trailing or doubled slash',
    'entry 5:  is empty; a secret has a name such as team/github-token',
  ]);
});

test('text that is no JSON shows nothing of itself', () => {
  const { faults } = readImport('{"a": hunter2}', undefined);
  assert.equal(faults.length, 1);
  assert.doesNotMatch(faults.join(), /hunter|hun/);
});

test('nothing to import, and a namespace that is none, are faults', () => {
  assert.deepEqual(readImport('# only\n\n', undefined).faults, ['it has no secrets']);
  assert.deepEqual(readImport('{}', undefined).faults, ['it has no secrets']);
  assert.equal(readImport('A=1\nB=2', 'a/').faults.length, 1);
});
