import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Typed, typeKeys } from '../../../src/cli/secret/hidden_line_rules.js';

const EMPTY = Buffer.alloc(0);

function type(keys: string, line = ''): readonly string[] {
  return shown(typeKeys(Buffer.from(line), Buffer.from(keys)));
}

function shown(typed: Typed): readonly string[] {
  switch (typed.kind) {
    case 'typing':
      return ['typing', typed.line.toString()];
    case 'entered':
      return ['entered', typed.line.toString(), typed.rest.toString()];
    case 'closed':
      return ['closed'];
    case 'signal':
      return ['signal', typed.signal];
  }
}

test('Enter ends the line, whichever of its codes comes, and what is typed ahead is kept', () => {
  assert.deepEqual(type('hunter2'), ['typing', 'hunter2']);
  assert.deepEqual(type('r2\r', 'hunte'), ['entered', 'hunter2', '']);
  assert.deepEqual(type('a\nb\n'), ['entered', 'a', 'b\n']);
  assert.deepEqual(type('a\r\nb\r\n'), ['entered', 'a', 'b\r\n']);
  assert.deepEqual(type('\r'), ['entered', '', '']);
});

test('Backspace takes off a whole character, Ctrl-U all', () => {
  assert.deepEqual(type('ab\x7fc\r'), ['entered', 'ac', '']);
  assert.deepEqual(type('a\u00e9\x08\r'), ['entered', 'a', '']);
  assert.deepEqual(type('\u{1f511}\x7f\x7f\x7f\r'), ['entered', '', '']);
  assert.deepEqual(type('wrong\x15right\r'), ['entered', 'right', '']);
});

test('Ctrl-C and Ctrl-\\ interrupt at once; Ctrl-D leaves an empty line, and ends another', () => {
  assert.deepEqual(type('abc\x03def\r'), ['signal', 'SIGINT']);
  assert.deepEqual(type('\x1c'), ['signal', 'SIGQUIT']);
  assert.deepEqual(type('\x04'), ['closed']);
  assert.deepEqual(type('abc\x04'), ['entered', 'abc', '']);
  assert.deepEqual(type('a\x7f\x04'), ['closed']);
});

test('keys mean the same in whatever pieces they come', () => {
  const key = fc.oneof(fc.constantFrom('\x7f', '\x15', '\r', 'a'), fc.string({ minLength: 1, maxLength: 3 }));
  fc.assert(
    fc.property(fc.array(key), fc.nat(), (keys, cut) => {
      const all = Buffer.from(keys.join(''));
      const split = all.length === 0 ? 0 : cut % all.length;
      const whole = typeKeys(EMPTY, all);
      const first = typeKeys(EMPTY, all.subarray(0, split));
      if (first.kind === 'typing') {
        assert.deepEqual(shown(typeKeys(first.line, all.subarray(split))), shown(whole));
      } else {
        assert.equal(first.kind, whole.kind);
      }
    }),
  );
});
