import assert from 'node:assert/strict';
import { test } from 'node:test';
import { table } from '../../src/cli/table.js';

test('columns are aligned, also with colours in them and rows of other lengths', () => {
  const text = table([['A', 'BB', 'C'], ['\x1b[31maaaa\x1b[0m', 'b', 'c'], ['a']]);
  assert.equal(text, 'A     BB  C\n\x1b[31maaaa\x1b[0m  b   c\na');
});

test('columns are aligned, also with names that take two columns a character, or none', () => {
  const rows = [
    ['数据库/備份', 'held'],
    ['\x1b[32m한국어\x1b[0m', 'held'],
    ['👩🏽‍🚀 👍🏽 1️⃣ 🇩🇪', 'held'],
    ['cafe\u0301 ❤️', 'held'],
    ['nightly', 'held'],
  ];
  // Each row has as many blanks as a terminal needs to show 'held' in the fourteenth column.
  const blanks = [2, 7, 2, 6, 6];
  assert.equal(
    table(rows),
    rows.map(([name, state], row) => `${name}${' '.repeat(blanks[row] ?? 0)}${state}`).join('\n'),
  );
});

test('no rows are no text', () => {
  assert.equal(table([]), '');
});
