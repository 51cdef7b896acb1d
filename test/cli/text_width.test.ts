import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { columnWidths, GAP } from '../../src/cli/column_rules.js';
import { cut, fit, widthOf, wrap } from '../../src/cli/text_width.js';

test('a cut text takes no more than its columns, and shows that it was cut', () => {
  assert.equal(cut('nightly', 7), 'nightly');
  assert.equal(cut('nightly', 5), 'nigh…');
  // Each of these takes two columns.
  assert.equal(cut('数据库', 5), '数据…');
  assert.equal(cut('数据库', 4), '数…');
  assert.equal(cut('👩‍👩‍👧‍👦 family', 4), '👩‍👩‍👧‍👦 …');
  assert.equal(cut('nightly', 0), '');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(30), (text, width) => {
      assert.ok(widthOf(cut(text, width)) <= width);
    }),
  );
});

test('emoji of several characters take two columns, and what is joined to a character none', () => {
  for (const emoji of ['⌚', '❤️', '1️⃣', '🇩🇪', '👍🏽', '👩🏽‍🚀', '👩‍👩‍👧‍👦', '🏳️‍🌈', '❤‍🔥', '🏴󠁧󠁢󠁥󠁮󠁧󠁿']) {
    assert.equal(widthOf(emoji), 2, emoji);
    assert.equal(widthOf(`a${emoji}b`), 4, emoji);
  }
  for (const [text, width] of [
    ['✔', 1],
    ['…', 1],
    ['e\u0301', 1],
    ['\u1112\u1161\u11ab', 2],
    ['ｶﾞ', 2],
    ['a\u200bb', 2],
  ] as const) {
    assert.equal(widthOf(text), width, text);
  }
});

test('a fitted text takes exactly its columns', () => {
  assert.equal(fit('数', 4), '数  ');
  assert.equal(fit('7', 4, 'right'), '   7');
  assert.equal(widthOf(fit('数据库', 4)), 4);
});

test('a broken line keeps its words and its indent', () => {
  assert.deepEqual(wrap('  held by pid 812 sync.sh', 14), ['  held by pid', '  812 sync.sh']);
  assert.deepEqual(wrap('short', 14), ['short']);
  assert.deepEqual(wrap('averyveryverylongword', 8), ['averyve…']);
});

const column = fc.record({
  title: fc.constantFrom('A', 'NAME', 'HELD BY'),
  least: fc.integer({ min: 1, max: 20 }),
  most: fc.integer({ min: 20, max: 80 }),
  rank: fc.nat(9),
});

test('columns fit, none is narrower than it is of use, and room is given to who lacks it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(column, fc.nat(90)), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 20, max: 200 }),
      (pairs, width) => {
        const columns = pairs.map(([one]) => one);
        const natural = pairs.map(([, content]) => content);
        const widths = columnWidths(columns, natural, width);
        const kept = widths.filter((given) => given > 0);
        assert.ok(kept.reduce((sum, given) => sum + given, 0) + GAP * Math.max(0, kept.length - 1) <= width);
        for (const [index, given] of widths.entries()) {
          const content = natural[index] ?? 0;
          if (content === 0) assert.equal(given, 0, 'an empty column is left out');
          const { least = 0, most = 0, title = '' } = columns[index] ?? {};
          const wanted = Math.min(most, Math.max(content, title.length));
          if (given > 0) assert.ok(given <= wanted && given >= Math.min(least, wanted), `${given} of ${wanted}`);
        }
      },
    ),
  );
});

test('where not all columns fit, those of the lowest rank go', () => {
  const columns = [
    { title: 'NAME', least: 10, most: 40, rank: 9 },
    { title: 'WHY', least: 10, most: 40, rank: 1 },
    { title: 'AGE', least: 6, most: 8, rank: 5 },
  ];
  assert.deepEqual(columnWidths(columns, [30, 30, 6], 20), [12, 0, 6]);
  assert.deepEqual(columnWidths(columns, [30, 30, 6], 80), [30, 30, 6]);
});
