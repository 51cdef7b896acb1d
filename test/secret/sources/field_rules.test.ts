import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readField } from '../../../src/secret/sources/field_rules.js';

const DOCUMENT = {
  token: 'a',
  port: 5432,
  exact: 0.1,
  large: 2 ** 60,
  on: true,
  nothing: null,
  database: { password: 'b', 'user.name': 'c', list: [{ token: 'd' }, 'e'] },
  'database.password': 'with a dot',
  'a.b': { c: 'f' },
};

test('a field is found below its path', () => {
  const fields = {
    token: 'a',
    port: '5432',
    'database.user.name': 'c',
    'database.list.0.token': 'd',
    'database.list.1': 'e',
    'database.password': 'with a dot',
    'a.b.c': 'f',
  };
  for (const [path, text] of Object.entries(fields)) {
    assert.deepEqual(readField(DOCUMENT, path), { kind: 'text', text }, path);
  }
});

test('what is not there, and what is no text, is told apart', () => {
  const missing = ['none', 'token.more', 'database.none', 'database.list.2', 'database.list.length', 'toString', ''];
  for (const path of missing) assert.equal(readField(DOCUMENT, path).kind, 'missing', path);
  const faults = ['exact', 'large', 'on', 'nothing', 'database', 'database.list', 'database.list.0'];
  for (const path of faults) assert.equal(readField(DOCUMENT, path).kind, 'fault', path);
  for (const document of ['text', null, 5, undefined]) assert.equal(readField(document, 'a').kind, 'missing');
});

test('any field of any document is found by the path to it', () => {
  const key = fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom('a', 'b', '.', '_', '0') });
  fc.assert(
    fc.property(fc.uniqueArray(key, { minLength: 1, maxLength: 4 }), fc.string(), (keys, text) => {
      const document = keys.reduceRight<unknown>((below, each) => ({ [each]: below }), text);
      assert.deepEqual(readField(document, keys.join('.')), { kind: 'text', text });
    }),
  );
});
