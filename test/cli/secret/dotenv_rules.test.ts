import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { readDotenv } from '../../../src/cli/secret/dotenv_rules.js';
import { envFileText, markerLine, quote } from '../../../src/cli/secret/env_file_rules.js';

function values(text: string): Record<string, string> {
  const { entries, faults } = readDotenv(text);
  assert.deepEqual(faults, []);
  return Object.fromEntries(entries.map(({ name, value }) => [name, value]));
}

test('lines, comments, export, quotes and blanks are read as other readers do', () => {
  const text = [
    "\uFEFF# a comment with a quote: it's",
    'PLAIN=abc',
    '  export SPACED = two words  # comment',
    'EMPTY=',
    'NONE=   # nothing',
    'SINGLE=\'a "b" $c \\n\' # comment',
    'DOUBLE="a \'b\' #c"',
    'BACK=`x\'y"z`',
    "LINES='one",
    "two'",
    'URL=https://x:y@z/?a=b=c',
    'a.b-c=1',
    '',
  ].join('\r\n');
  const expected = {
    PLAIN: 'abc',
    SPACED: 'two words',
    EMPTY: '',
    NONE: '',
    SINGLE: 'a "b" $c \\n',
    DOUBLE: "a 'b' #c",
    BACK: 'x\'y"z',
    LINES: 'one\ntwo',
    URL: 'https://x:y@z/?a=b=c',
    'a.b-c': '1',
  };
  assert.deepEqual(values(text), expected);
  assert.deepEqual(values(text), { ...parseEnv(text.slice(1)) });
});

test('escapes in double quotes are those of a shell, and line ends', () => {
  assert.deepEqual(values('A="1\\n2\\t3\\"4\\\\5\\$6\\`7\\x"'), { A: '1\n2\t3"4\\5$6`7\\x' });
});

test('what readers take differently, or can’t be read, is a fault with its line, and the value is not in it', () => {
  const faultsOf = (text: string) => readDotenv(text).faults;
  assert.deepEqual(faultsOf('A=1\nhunter2\nB=2'), ['line 2 is no NAME=VALUE']);
  assert.deepEqual(faultsOf('\nA=hunter#2'), ['line 2: the value of A has a # in it; put it in quotes']);
  assert.deepEqual(faultsOf("A='hunter'2"), ["line 1: the value of A goes on after its closing '"]);
  assert.deepEqual(faultsOf("A='it'\\''s'"), ["line 1: the value of A goes on after its closing '"]);
  const unclosed = readDotenv('A="hunter2\nB=2\n');
  assert.deepEqual(unclosed.faults, ['line 1: the value of A has no closing "']);
  assert.deepEqual(
    unclosed.entries.map(({ name }) => name),
    ['B'],
  );
});

test('every value that can be quoted comes back as it was, and Node reads the same', () => {
  const value = fc.string({
    unit: fc.constantFrom(...'aZ0 \t\n\'"$`\\#=!~é😀;&|<>(){}*-/:@%+,.'.split(/(?:)/u)),
    minLength: 1,
  });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1 }), (all) => {
      const writable = all.filter((one) => quote(one) !== undefined);
      const marker = markerLine('x');
      const made = envFileText(
        marker,
        writable.map((one, index) => ({ envVar: `K${index}`, name: 's', value: one })),
      );
      assert.ok('text' in made);
      const expected = Object.fromEntries(writable.map((one, index) => [`K${index}`, one]));
      assert.deepEqual(values(made.text), expected);
      assert.deepEqual({ ...parseEnv(made.text) }, expected);
    }),
  );
});
