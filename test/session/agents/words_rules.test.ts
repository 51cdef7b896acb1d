import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { detailOf, firstWords, textsOf } from '../../../src/session/agents/words_rules.js';

test('a prompt is shown on one line, and cut where it is long', () => {
  assert.equal(firstWords('  Fix the\n\tbuild \u001b[31m\u0007now\r\n'), 'Fix the build [31m now');
  assert.equal(firstWords('x'.repeat(200)), 'x'.repeat(200));
  assert.equal(firstWords('x'.repeat(201)), `${'x'.repeat(199)}…`);
  assert.equal(firstWords('😀'.repeat(300)), `${'😀'.repeat(199)}…`);
  assert.equal(firstWords(''), '');
});

test('whatever the text, it is short and without control characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), (text) => {
      assert.ok([...firstWords(text)].length <= 200);
      assert.ok([...detailOf(text)].length <= 500);
      assert.doesNotMatch(detailOf(text), /\p{Cc}/u);
    }),
  );
});

test('a message’s texts are found in either form', () => {
  assert.deepEqual(textsOf('hello'), ['hello']);
  assert.deepEqual(textsOf([{ type: 'image' }, { type: 'text', text: 'a' }, 'x', null, { text: 5 }, { text: 'b' }]), [
    'a',
    'b',
  ]);
  assert.deepEqual(textsOf(undefined), []);
});
