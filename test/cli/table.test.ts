import assert from 'node:assert/strict';
import { test } from 'node:test';
import { table } from '../../src/cli/table.js';

test('columns are aligned, also with colours in them and rows of other lengths', () => {
  const text = table([['A', 'BB', 'C'], ['\x1b[31maaaa\x1b[0m', 'b', 'c'], ['a']]);
  assert.equal(text, 'A     BB  C\n\x1b[31maaaa\x1b[0m  b   c\na');
});

test('no rows are no text', () => {
  assert.equal(table([]), '');
});
